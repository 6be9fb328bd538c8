import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADOPTION_KEY } from '../contract/tables.ts';
import { isBilled, monthlyPrice, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

async function poolUser(stage: Stage, poolId: string): Promise<string> {
  const command = { UserPoolId: poolId, Username: `${randomUUID()}@example.com` };
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({ ...command, MessageAction: 'SUPPRESS' }),
  );
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

const command = new URL('reconcile.ts', import.meta.url);

describe('npm run reconcile', () => {
  let stage: Stage;
  let directory: string;
  let poolId: string;
  let reconcile: (...args: readonly string[]) => Promise<ScriptEnd>;
  let userA: string;
  let userB: string;
  beforeEach(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-reconcile-'));
    // A run checks every user of the pool, so each test has its own.
    const { UserPool } = await stage.cognito.send(new CreateUserPoolCommand({ PoolName: 'reconciled' }));
    poolId = UserPool?.Id ?? '';
    userA = await poolUser(stage, poolId);
    userB = await poolUser(stage, poolId);
    const options = { cwd: directory, env: { ...stage.env, COGNITO_USER_POOL_ID: poolId } };
    reconcile = scriptRunner(command, options);
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  // Lets both users pay, while their rows say `none`.
  async function payers(): Promise<void> {
    const price = await monthlyPrice(stage);
    for (const sub of [userA, userB]) {
      const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
      await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
      await stage.putEntitlement({ cognito_sub: sub, status: 'none', stripe_customer_ids: [customerId] });
    }
  }

  async function syncedPayers(): Promise<void> {
    await payers();
    await reconcile();
  }

  it('prints what differs in a dry run, repairs it, and then finds nothing; also for a single user', async () => {
    await payers();
    const dry = await reconcile('--dry-run');
    expect(dry).toMatchObject({ code: 2, text: expect.stringMatching(/found +2\n/) });
    expect(await stage.entitlement(userA)).toMatchObject({ status: 'none' });
    const one = await reconcile('--user', userA);
    expect(one).toMatchObject({ code: 2, text: expect.stringMatching(/synced +1\n/) });
    expect(await stage.entitlement(userA)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(userB)).toMatchObject({ status: 'none' });
    expect(await reconcile()).toMatchObject({ code: 2, text: expect.stringContaining(userB) });
    expect(await stage.entitlement(userB)).toMatchObject({ status: 'active' });
    expect(await reconcile()).toMatchObject({ code: 0, text: expect.stringMatching(/found +0\n/) });
    // A complete run leaves no saved progress behind.
    expect(await readdir(path.join(directory, '.reconcile'))).toEqual([]);
  });

  it('prints for each check its own counts', async () => {
    await syncedPayers();
    const { text } = await reconcile('--dry-run', '--check', 'profiles', '--check', 'rows');
    expect(text).toMatch(/^profiles +2 checked, 0 found, 0 failed$/m);
    expect(text).toMatch(/^rows +2 checked, 0 found, 0 failed$/m);
    expect(text).toMatch(/^checked +4$/m);
  });

  it('accepts the options of version 0.1', async () => {
    await syncedPayers();
    const { code, text } = await reconcile('--part', 'undelivered', '--part', 'rows');
    expect(code).toBe(0);
    expect(text).toMatch(/^undelivered_events +\d+ checked/m);
    expect(text).toMatch(/^rows +2 checked/m);
  });

  it('applies the events of the last days that rows do not include', async () => {
    await syncedPayers();
    const { data } = await stage.stripe.subscriptions.list();
    await stage.stripe.subscriptions.cancel(data[0]?.id ?? '');
    expect((await reconcile('--since', '1d')).code).toBe(2);
    const rows = await Promise.all([userA, userB].map((sub) => stage.entitlement(sub)));
    expect(new Set(rows.map((row) => row?.['status']))).toEqual(new Set(['active', 'canceled']));
  });

  it('scans Cognito and Stripe only in the first segment', async () => {
    await syncedPayers();
    const callsOf = async (segment: string) => {
      stage.calm();
      expect((await reconcile('--segment', segment)).code).toBe(0);
      const ofListings = stage.wires.stripe.calls.filter(({ url }) => !url.includes('cus_'));
      const listings = ofListings.map(({ name }) => name);
      const scans = stage.wires.cognito.calls.filter(({ body }) => !body.includes('Filter'));
      return { listings: listings.length, users: scans.length };
    };
    expect(await callsOf('1/2')).toEqual({ listings: 8, users: 1 });
    expect(await callsOf('2/2')).toEqual({ listings: 0, users: 0 });
  });

  it('writes what would be ended to a list, ends exactly that, and refuses a changed list', async () => {
    const sub = randomUUID();
    const updatedAt = '2026-01-01T00:00:00Z';
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1, updatedAt });
    const dry = await reconcile('--dry-run', '--check', 'rows', '--fresh');
    expect(dry.text).toContain('--end-these .reconcile/endings.txt');
    const list = path.join(directory, '.reconcile', 'endings.txt');
    const text = await readFile(list, 'utf8');
    expect(text).toContain(`\nrow ${sub}\n`);
    await writeFile(list, text.replace(sub, userA));
    expect(await reconcile('--end-these', list)).toMatchObject({
      code: 1,
      text: expect.stringContaining('is not a list as a run wrote it'),
    });
    await writeFile(list, text);
    const ended = await reconcile('--end-these', list);
    expect(ended).toMatchObject({ code: 0, text: expect.stringMatching(/row removed +1\n/) });
    expect(await stage.entitlement(sub)).toBeUndefined();
    // What no longer qualifies is not ended.
    expect(await reconcile('--end-these', list)).toMatchObject({ code: 0 });
    await rm(list);
  });

  it('ends nothing and records no adoption for a single user before the adoption is complete', async () => {
    await stage.putEntitlement({ cognito_sub: ADOPTION_KEY });
    const sub = randomUUID();
    const metadata = { cognito_sub: sub, cognito_user_pool: poolId };
    const { customerId } = await payingCustomer(stage, { price: await monthlyPrice(stage), metadata });
    const { text } = await reconcile('--user', sub);
    expect(text).toContain('Adoption is not complete');
    expect(await stage.entitlement(ADOPTION_KEY)).toEqual({ cognito_sub: ADOPTION_KEY });
    expect(await isBilled(stage, customerId)).toBe(true);
  });

  it('never ends a customer of another pool, also when its user is named', async () => {
    const sub = randomUUID();
    const metadata = { cognito_sub: sub, cognito_user_pool: 'us-east-1_OtherStage' };
    const { customerId } = await payingCustomer(stage, { price: await monthlyPrice(stage), metadata });
    expect((await reconcile('--user', sub)).code).toBe(3);
    expect(await isBilled(stage, customerId)).toBe(true);
  });

  it('prints that no user was found', async () => {
    const { code, text } = await reconcile('--user', 'user-z');
    expect({ code, text }).toEqual({ code: 3, text: expect.stringContaining('No user found for user-z.') });
  });
});

describe('npm run reconcile, used wrongly,', () => {
  let stage: Stage;
  let directory: string;
  beforeAll(async () => {
    stage = await createStage();
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-reconcile-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    [{ STRIPE_API_KEY: 'sk_live_wrong' }, 'Check STRIPE_API_KEY.'],
    [{ STRIPE_API_BASE: 'http://127.0.0.1:9' }, 'Stripe is unavailable'],
    [{ USERS_TABLE: 'Nowhere' }, 'Check USERS_TABLE, ENTITLEMENTS_TABLE and AWS_REGION.'],
    [{ COGNITO_USER_POOL_ID: 'us-east-1_nowhere' }, 'Check COGNITO_USER_POOL_ID and AWS_REGION.'],
    [{ COGNITO_USER_POOL_ID: '' }, 'COGNITO_USER_POOL_ID'],
  ])('prints what is wrong with the environment %j, without a stack trace', async (wrong, message) => {
    const env = { ...stage.env, ...wrong };
    const start = scriptRunner(command, { cwd: directory, env });
    const { code, text } = await start(
      '--dry-run',
      '--fresh',
      '--check',
      'users',
      '--check',
      'profiles',
      '--check',
      'customers',
    );
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
    expect(text).not.toContain('sk_live');
  });

  it.each([
    [['--since', 'soon'], '--since must be days or hours'],
    [['--check', 'everything'], '--check must be one of'],
    [['--part', 'everything'], '--check must be one of'],
    [['--max-deletions', '500'], '--end-these FILE'],
    [['--end-at-most', '500'], '--end-these FILE'],
    [['--end-these', 'nowhere.txt'], 'Cannot read nowhere.txt'],
    [['--segment', '5/4'], '--segment must be one share'],
    [['--what'], "Unknown option '--what'"],
    [['--since', '31d'], '--since must be 30d or less'],
    [['--since', '3d', '--user', 'user-a'], '--since checks only events'],
    [['--user', 'ada@example.com'], '--user takes a sub'],
  ])('prints in one line what is wrong with the options %j', async (args, message) => {
    const { code, text } = await scriptRunner(command, { cwd: directory, env: stage.env })(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
  });
});
