import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { monthlyPrice, type Payer, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';
import { delivered, stripeEvent } from '../tests/support/webhooks.ts';

describe('npm run account', () => {
  let stage: Stage;
  // How far Stripe's clock is ahead.
  let laterMs = 0;
  let sub: string;
  let payer: Payer;
  let email: string;
  let account: (...args: readonly string[]) => Promise<ScriptEnd>;
  beforeAll(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, now: () => Date.now() + laterMs });
    account = scriptRunner(new URL('account.ts', import.meta.url), { cwd: tmpdir(), env: stage.env });
  });
  // A subscriber whose systems agree.
  beforeEach(async () => {
    email = `${randomUUID()}@example.com`;
    const { User } = await stage.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: stage.poolId,
        Username: email,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    );
    sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    payer = await payingCustomer(stage, {
      price: await monthlyPrice(stage),
      metadata: { cognito_sub: sub },
    });
    await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
    await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
    const object = { id: payer.subscriptionId, customer: payer.customerId };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
  });
  afterAll(() => stage.close());

  it.each([
    ['no time', { status: 'active', current_period_end: 'soon' }, 'with an end that is no time: no access'],
    ['blank', { status: 'active', current_period_end: '' }, 'with a blank end'],
    ['of no status', { status: 'ACTIVE' }, 'a status that no one knows: no access'],
  ])('says of a row of another writer what is %s in it', async (_, written, expected) => {
    const other = randomUUID();
    await stage.putProfile({ userId: other });
    await stage.putEntitlement({ cognito_sub: other, ...written });
    expect((await account(other)).text).toContain(`by other_writer, ${expected}`);
  });

  it('shows a user in all three systems and why the user has access, by sub, customer and address', async () => {
    const bySub = await account(sub);
    expect(bySub.code).toBe(0);
    for (const part of [
      sub,
      payer.customerId,
      payer.subscriptionId,
      'access (active_subscription)',
      'by evt_',
    ]) {
      expect(bySub.text).toContain(part);
    }
    expect(bySub.text).toContain('All systems agree.');
    expect((await account(payer.customerId)).code).toBe(0);
    const byAddress = await account(email);
    expect(byAddress).toMatchObject({ code: 0, text: expect.stringContaining(`user ${sub}`) });
    expect(byAddress.text).not.toContain('@');
  });

  it('says that a time lies before the row’s history, and shows what is known of it', async () => {
    const { code, text } = await account(sub, '--at', '2020-01-01T00:00Z');
    expect(code).toBe(0);
    expect(text).toContain('At 2020-01-01T00:00:00.000Z:');
    expect(text).toContain("the row's history starts at");
    expect(text).toContain('until then: none, plan none');
  });

  it.each(['5', 'yesterday', '2026-13-01', '2026-11-01T25:00Z', '1 Nov 2026'])(
    'rejects the time --at %s instead of guessing',
    async (text) => {
      const end = await account(sub, '--at', text);
      expect(end).toMatchObject({ code: 1, text: expect.stringContaining('--at must be a time') });
    },
  );

  it.each([
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T12:00', '2026-11-01T12:00:00.000Z'],
    ['2026-11-01T12:00:30+02:00', '2026-11-01T10:00:30.000Z'],
  ])('reads the time --at %s as %s', async (text, moment) => {
    expect((await account(sub, '--at', text)).text).toContain(`At ${moment}:`);
  });

  it('says why a customer leads to no user, and lists the users if several match', async () => {
    const [nameless, deleted] = [
      await stage.stripe.customers.create(),
      await stage.stripe.customers.create(),
    ];
    await stage.stripe.customers.del(deleted.id);
    expect(await account(nameless.id)).toMatchObject({
      code: 3,
      text: expect.stringContaining(`npm run backfill -- --adopt ${nameless.id}=SUB`),
    });
    expect(await account(deleted.id)).toMatchObject({
      code: 3,
      text: expect.stringContaining('was deleted'),
    });
    expect((await account('cus_unknown')).text).toContain('Stripe does not know the customer cus_unknown.');
    const metadata = { cognito_sub: 'another-user' };
    const match = await stage.stripe.customers.create({ email, metadata });
    const { code, text } = await account(email);
    expect({ code, text }).toEqual({ code: 3, text: expect.stringContaining('More than one user matches') });
    expect(text).toContain(sub);
    expect(text).toContain('another-user');
    await stage.stripe.customers.del(match.id);
  });

  it('leaves two live subscriptions to a person', async () => {
    const { data } = await stage.stripe.paymentMethods.list({ customer: payer.customerId });
    const second = await stage.stripe.subscriptions.create({
      customer: payer.customerId,
      items: [{ price: await monthlyPrice(stage) }],
      default_payment_method: data[0]?.id ?? '',
    });
    const object = { id: second.id, customer: payer.customerId };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
    laterMs += 60_000;
    await account(sub, '--repair');
    const { code, text } = await account(sub, '--repair');
    expect(code).toBe(2);
    expect(text).toContain('two_live_subscriptions');
    expect(text).toContain('Done: needs review 1.');
    expect(text).toContain('A person must decide the rest');
    await stage.stripe.subscriptions.cancel(second.id);
    expect((await account(sub, '--repair')).code).toBe(0);
  });

  it('prints where the systems differ and the command that repairs it, and says if no user was found', async () => {
    await stage.stripe.subscriptions.cancel(payer.subscriptionId);
    const differing = await account(sub);
    expect(differing.code).toBe(2);
    expect(differing.text).toContain(`npm run reconcile -- --user ${sub}`);
    expect(await account('unknown@example.com')).toMatchObject({
      code: 3,
      text: expect.stringContaining('No user found for unknown@example.com.'),
    });
    expect(await account('cus_unknown')).toMatchObject({ code: 3 });
    expect(await account('00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 3 });
    expect((await account()).code).toBe(1);
  });

  it('repairs with --repair, and shows a customer that may also belong to the user', async () => {
    const { id } = await stage.stripe.customers.create({ email });
    await stage.stripe.subscriptions.cancel(payer.subscriptionId);
    // Within the margin of a sync, an ended subscription is compared once more.
    laterMs += 120_000;
    const repaired = await account(sub, '--repair');
    expect(repaired).toMatchObject({ code: 0, text: expect.stringMatching(/Done: synced \d\./) });
    expect(repaired.text).toContain(`npm run backfill -- --adopt ${id}=${sub}`);
    expect(await account(sub)).toMatchObject({
      code: 0,
      text: expect.stringContaining('All systems agree.'),
    });
  });

  it('provisions a user who exists only in the pool', async () => {
    const Username = `new-${email}`;
    const command = new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username,
      MessageAction: 'SUPPRESS',
    });
    const { User } = await stage.cognito.send(command);
    const fresh = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    expect(await account(fresh)).toMatchObject({
      code: 2,
      text: expect.stringContaining('user_without_profile'),
    });
    // The name of --repair in version 0.1.
    expect(await account(fresh, '--heal')).toMatchObject({ code: 0 }); // lint-words: allow (see above)
    expect(await stage.entitlement(fresh)).toMatchObject({ status: 'none' });
  });
});
