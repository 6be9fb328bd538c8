import { tmpdir } from 'node:os';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monthlyPrice, type Payer, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';
import { delivered, stripeEvent } from '../tests/support/webhooks.ts';

describe('npm run account', () => {
  let stage: Stage;
  let sub: string;
  let payer: Payer;
  let email: string;
  let account: (...args: readonly string[]) => Promise<ScriptEnd>;
  beforeAll(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
    email = `${stage.env['USERS_TABLE']}@example.com`;
    const options = { cwd: tmpdir(), env: stage.env };
    account = scriptRunner(new URL('account.ts', import.meta.url), options);
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

  it('shows a user in all three systems, and why there is access, by sub and by customer', async () => {
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

  it('tells honestly that a moment lies before what is remembered', async () => {
    expect((await account(sub, '--at', '2020-01-01T00:00Z')).text).toContain('remembers nothing before');
  });

  it('tells where they differ, and the command that sets it right; and who is nobody', async () => {
    await stage.stripe.subscriptions.cancel(payer.subscriptionId);
    const differing = await account(sub);
    expect(differing.code).toBe(2);
    expect(differing.text).toContain(`npm run reconcile -- --user ${sub}`);
    expect(await account('nobody@example.com')).toMatchObject({ code: 3 });
    expect(await account('cus_nobody')).toMatchObject({ code: 3 });
    expect(await account('00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 3 });
    expect((await account()).code).toBe(1);
  });

  it('sets right what differs when told to, and tells who may be theirs as well', async () => {
    const { id } = await stage.stripe.customers.create({ email });
    const healed = await account(sub, '--heal');
    expect(healed).toMatchObject({ code: 0, text: expect.stringContaining('Set right.') });
    expect(healed.text).toContain(`npm run backfill -- --adopt ${id}=${sub}`);
    expect(await account(sub)).toMatchObject({
      code: 0,
      text: expect.stringContaining('All systems agree.'),
    });
  });

  it('takes in a user who is in the pool and nowhere else', async () => {
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
    expect(await account(fresh, '--heal')).toMatchObject({ code: 0 });
    expect(await stage.entitlement(fresh)).toMatchObject({ status: 'none' });
  });
});
