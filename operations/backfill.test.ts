import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import { monthlyPrice, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

const DAY = 86_400;
const suggestions = path.join('.backfill', 'suggestions.txt');

let stage: Stage;
let poolId: string;
let directory: string;
let price: string;
let backfill: (...args: readonly string[]) => Promise<ScriptEnd>;

// A backfill checks every user of the pool, so each test has its own.
beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  const { UserPool } = await stage.cognito.send(
    new CreateUserPoolCommand({ PoolName: 'existing', UsernameAttributes: ['email'] }),
  );
  poolId = UserPool?.Id ?? '';
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-backfill-'));
  price = await monthlyPrice(stage);
  const env = { ...stage.env, COGNITO_USER_POOL_ID: poolId, TRIAL_HASH_KEY: 'a key for the tests' };
  backfill = scriptRunner(new URL('backfill.ts', import.meta.url), { cwd: directory, env });
  return async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  };
});

async function poolUser(email: string, verified = true): Promise<string> {
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: email,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: String(verified) },
      ],
    }),
  );
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

/** Creates a paying customer that has this address and names no user. */
async function unnamedCustomer(email: string): Promise<string> {
  const { customerId } = await payingCustomer(stage, { price, metadata: {} });
  await stage.stripe.customers.update(customerId, { email });
  return customerId;
}

describe('npm run backfill', () => {
  it('provisions users with the customers that name them, syncs rows of other writers, and then finds nothing', async () => {
    const [plain, named, original] = [
      await poolUser('plain@example.com'),
      await poolUser('named@example.com'),
      await poolUser('original@example.com'),
    ];
    const theirs = await payingCustomer(stage, { price, metadata: { cognito_user_id: named } });
    const old = await payingCustomer(stage, { price, metadata: { cognito_sub: original } });
    // A row that the Python functions wrote: without a profile, and with a period that has passed.
    await stage.putEntitlement({
      cognito_sub: original,
      status: 'active',
      plan: 'pro',
      current_period_end: 1_700_000_000,
      stripe_customer_id: old.customerId,
    });
    const dry = await backfill('--dry-run');
    expect(dry).toMatchObject({ code: 0, text: expect.stringMatching(/user_without_profile +3\n/) });
    expect(await stage.itemCount()).toBe(1);
    expect(await backfill()).toMatchObject({ code: 0, text: expect.stringMatching(/failed +0\n/) });
    expect(await stage.entitlement(plain)).toMatchObject({ status: 'none' });
    expect(await stage.profile(named)).toMatchObject({ stripeCustomerId: theirs.customerId });
    expect(await stage.entitlement(named)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(original)).toMatchObject({
      status: 'active',
      current_period_end: old.periodEnd,
    });
    expect(await backfill()).toMatchObject({ code: 0, text: expect.stringMatching(/found +0\n/) });
  });

  it('syncs rows of the Python functions, whatever they contain, and keeps their other attributes', async () => {
    const subs = await Promise.all([1, 2, 3, 4].map((n) => poolUser(`row-${n}@example.com`)));
    const [nulls = '', expired = '', trial = '', paid = ''] = subs;
    // The Python functions name the user only by `cognito_user_id`, and invent the address.
    const web = await payingCustomer(stage, { price, metadata: { cognito_user_id: paid } });
    await stage.stripe.customers.update(web.customerId, { email: `${paid}@users.predixa.example` });
    const now = Math.floor(Date.now() / 1000);
    const none = { plan: null, current_period_end: null, trial_expires_at: null };
    await stage.putEntitlement({ cognito_sub: nulls, status: null, ...none });
    const spent = { trial_started_at: now - 20 * DAY, trial_days_remaining: 0 };
    await stage.putEntitlement({
      cognito_sub: expired,
      ...none,
      status: 'trial_expired',
      trial_expires_at: now - 13 * DAY,
      ...spent,
    });
    const running = { trial_started_at: now - DAY, trial_days_remaining: 6 };
    await stage.putEntitlement({
      cognito_sub: trial,
      ...none,
      status: 'trialing',
      trial_expires_at: now + 6 * DAY,
      ...running,
    });
    await stage.putEntitlement({ cognito_sub: paid, status: 'canceled', ...none });
    await stage.putProfile({ userId: paid, stripeCustomerId: null, email: null, nickname: 'kept' });
    expect(await backfill()).toMatchObject({ code: 0, text: expect.stringMatching(/failed +0\n/) });
    expect(await stage.entitlement(nulls)).toMatchObject({ status: 'none' });
    expect(await stage.entitlement(expired)).toMatchObject({ status: 'trial_expired', ...spent });
    expect(await stage.entitlement(trial)).toMatchObject({ status: 'trialing', ...running });
    expect(await stage.entitlement(paid)).toMatchObject({ status: 'active', plan: price });
    expect(await stage.profile(paid)).toMatchObject({ stripeCustomerId: web.customerId, nickname: 'kept' });
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    expect(data).toHaveLength(subs.length);
    expect(await backfill()).toMatchObject({ code: 0, text: expect.stringMatching(/found +0\n/) });
  });

  it('counts a user once in a dry run, and lists an id once for each reason, though several checks find it', async () => {
    const sub = await poolUser('found-often@example.com');
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_user_id: sub } });
    const trialExpiresAt = Math.floor(Date.now() / 1000) - 40 * DAY;
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', trial_expires_at: trialExpiresAt });
    const { code, text } = await backfill('--dry-run');
    expect(code).toBe(0);
    expect(text).toMatch(/found +1\n/);
    expect(text.match(/^trial_not_recorded .*$/gm)).toEqual([
      expect.stringMatching(/ 1$/),
      expect.stringContaining(`${sub} (would be trial_recorded)`),
    ]);
    expect(text).toMatch(new RegExp(`^user_without_profile +${sub} \\(would be user_provisioned\\)$`, 'm'));
    expect(text).toMatch(new RegExp(`^second_customer +${customerId} \\(would be synced\\)$`, 'm'));
    expect(text).toMatch(new RegExp(`^profile_missing +${sub} \\(would be user_provisioned\\)$`, 'm'));
  });

  it('never links a customer because of an equal address, and stops until a person decides', async () => {
    const sub = await poolUser('ada@example.com');
    const customerId = await unnamedCustomer('ada@example.com');
    const first = await backfill();
    expect(first).toMatchObject({
      code: 2,
      text: expect.stringContaining("1 customer shares a user's email address"),
    });
    expect(await stage.itemCount()).toBe(0);
    const file = await readFile(path.join(directory, suggestions), 'utf8');
    expect(file).toMatch(new RegExp(`^${customerId}=${sub}$`, 'm'));
    // The file contains ids only, because it may be left in the directory.
    expect(file).not.toContain('ada@');
    const dry = await backfill('--adopt-file', suggestions, '--dry-run');
    expect(dry.text).toContain(`${customerId}=${sub}  would be linked`);
    expect(await stage.itemCount()).toBe(0);
    expect(await backfill('--adopt', `${customerId}=${sub}`)).toMatchObject({ code: 0 });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customerId });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    const customers = await stage.stripe.customers.list();
    expect(customers.data.map(({ id }) => id)).toEqual([customerId]);
  });

  it('comments out a match whose address is not verified, and continues without it with --no-adopt', async () => {
    const sub = await poolUser('mallory@example.com', false);
    const customerId = await unnamedCustomer('mallory@example.com');
    expect((await backfill()).code).toBe(2);
    const file = await readFile(path.join(directory, suggestions), 'utf8');
    expect(file).toContain(`# ${customerId}=${sub}`);
    expect(await backfill('--no-adopt')).toMatchObject({ code: 0 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect((await stage.stripe.customers.retrieve(customerId)) as object).toMatchObject({ metadata: {} });
  });

  it('refuses to link an owned customer to another user, an unknown customer, and a user who is being deleted', async () => {
    const [owner, other, leaving] = [
      await poolUser('owner@example.com'),
      await poolUser('other@example.com'),
      await poolUser('leaving@example.com'),
    ];
    const owned = await payingCustomer(stage, { price, metadata: { cognito_sub: owner } });
    const free = await payingCustomer(stage, { price, metadata: {} });
    await stage.putProfile({ userId: leaving, predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    const adoptions = [
      `${owned.customerId}=${other}`,
      `cus_missing=${other}`,
      `${free.customerId}=${leaving}`,
    ];
    const { code, text } = await backfill('--no-adopt', ...adoptions.flatMap((one) => ['--adopt', one]));
    expect(code).toBe(1);
    expect(text).toContain(
      `${adoptions[0]}  refused: its metadata, or those of its subscriptions, name another user`,
    );
    expect(text).toContain(`${adoptions[1]}  refused: Stripe does not know this customer`);
    expect(text).toContain(`${adoptions[2]}  refused: the user is being deleted`);
    expect(await stage.stripe.customers.retrieve(owned.customerId)).toMatchObject({
      metadata: { cognito_sub: owner },
    });
    expect(await stage.stripe.customers.retrieve(free.customerId)).toMatchObject({ metadata: {} });
  });

  it('records a past trial, so that the same person cannot get a second one', async () => {
    const sub = await poolUser('tried@example.com');
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    const trialExpiresAt = Math.floor(Date.now() / 1000) - 40 * DAY;
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', trial_expires_at: trialExpiresAt });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    const { data } = await stage.stripe.subscriptions.list({ customer: customerId });
    await stage.stripe.subscriptions.cancel(data[0]?.id ?? '');
    // Stripe shows no trial, and the `subscriptions` check leaves the row's own alone.
    const before = await stage.itemCount();
    const run = await backfill();
    expect(run).toMatchObject({ code: 0, text: expect.stringMatching(/trial_not_recorded +1\n/) });
    // The claim to the trial, and the index of the customer.
    expect(await stage.itemCount()).toBe(before + 2);
    expect((await backfill()).text).not.toContain('trial_not_recorded');
  });

  it.each([
    [['--adopt', 'ada'], 'Not of the form cus_…=SUB: ada'],
    [['--adopt', 'cus_1=a', '--adopt', 'cus_1=b'], 'cus_1 is linked to two users'],
    [['--adopt-file', 'nowhere.txt'], 'Cannot read nowhere.txt.'],
  ])('prints in one line what is wrong with the options %j', async (args, message) => {
    const { code, text } = await backfill(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
  });

  it('reads an adoption file that was edited on Windows', async () => {
    await writeFile(path.join(directory, 'mine.txt'), '# mine\r\n\r\ncus_missing=someone # sure\r\n');
    const { text } = await backfill('--adopt-file', 'mine.txt', '--no-adopt');
    expect(text).toContain('cus_missing=someone  refused: Stripe does not know this customer');
  });
});
