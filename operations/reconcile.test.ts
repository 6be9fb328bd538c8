import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monthlyPrice, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

describe('npm run reconcile', () => {
  let stage: Stage;
  let directory: string;
  let reconcile: (...args: readonly string[]) => Promise<ScriptEnd>;
  beforeAll(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-reconcile-'));
    // A pool of one's own: a run goes over everybody in it.
    const { UserPool } = await stage.cognito.send(new CreateUserPoolCommand({ PoolName: 'reconciled' }));
    const options = { cwd: directory, env: { ...stage.env, COGNITO_USER_POOL_ID: UserPool?.Id ?? '' } };
    reconcile = scriptRunner(new URL('reconcile.ts', import.meta.url), options);
  });
  afterAll(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  it('tells what differs, heals it, and finds nothing then; one user alone as well', async () => {
    const price = await monthlyPrice(stage);
    const users = ['user-a', 'user-b'];
    for (const sub of users) {
      const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
      await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
      await stage.putEntitlement({ cognito_sub: sub, status: 'none', stripe_customer_ids: [customerId] });
    }
    const dry = await reconcile('--dry-run');
    expect(dry).toMatchObject({ code: 2, text: expect.stringMatching(/differed +2\n/) });
    expect(await stage.entitlement('user-a')).toMatchObject({ status: 'none' });
    const one = await reconcile('--user', 'user-a');
    expect(one).toMatchObject({ code: 2, text: expect.stringMatching(/healed +1\n/) });
    expect(await stage.entitlement('user-a')).toMatchObject({ status: 'active' });
    expect(await stage.entitlement('user-b')).toMatchObject({ status: 'none' });
    expect(await reconcile()).toMatchObject({ code: 2, text: expect.stringContaining('user-b') });
    expect(await stage.entitlement('user-b')).toMatchObject({ status: 'active' });
    expect(await reconcile()).toMatchObject({ code: 0, text: expect.stringMatching(/differed +0\n/) });
    // Nothing of a run that is complete stays behind.
    expect(await readdir(path.join(directory, '.reconcile'))).toEqual([]);
  });

  it('by the events of the last days heals what the rows have not seen', async () => {
    const { data } = await stage.stripe.subscriptions.list();
    await stage.stripe.subscriptions.cancel(data[0]?.id ?? '');
    expect((await reconcile('--since', '1d')).code).toBe(2);
    const rows = await Promise.all(['user-a', 'user-b'].map((sub) => stage.entitlement(sub)));
    expect(new Set(rows.map((row) => row?.['status']))).toEqual(new Set(['active', 'canceled']));
  });

  it('a segment goes over its share of the tables; the first over Cognito and Stripe as well', async () => {
    const callsOf = async (segment: string) => {
      stage.calm();
      expect((await reconcile('--segment', segment)).code).toBe(0);
      const listings = stage.wires.stripe.names().filter((name) => !name.includes('cus_'));
      return { listings: listings.length, users: stage.wires.cognito.calls.length };
    };
    expect(await callsOf('1/2')).toEqual({ listings: 5, users: 1 });
    expect(await callsOf('2/2')).toEqual({ listings: 0, users: 0 });
  });

  it('knows who is nobody', async () => {
    const { code, text } = await reconcile('--user', 'user-z');
    expect({ code, text }).toEqual({ code: 3, text: expect.stringContaining('Nobody is known as user-z') });
  });

  it.each([
    [{ STRIPE_API_KEY: 'sk_live_wrong' }, 'Is STRIPE_API_KEY right?'],
    [{ STRIPE_API_BASE: 'http://127.0.0.1:9' }, 'Stripe does not answer'],
    [{ USERS_TABLE: 'Nowhere' }, 'Are USERS_TABLE, ENTITLEMENTS_TABLE and AWS_REGION right?'],
    [{ COGNITO_USER_POOL_ID: 'us-east-1_nowhere' }, 'Are COGNITO_USER_POOL_ID and AWS_REGION right?'],
    [{ COGNITO_USER_POOL_ID: '' }, 'COGNITO_USER_POOL_ID'],
  ])('%j: tells what is wrong, and shows no stack', async (wrong, message) => {
    const env = { ...stage.env, ...wrong };
    const start = scriptRunner(new URL('reconcile.ts', import.meta.url), { cwd: directory, env });
    const { code, text } = await start(
      '--dry-run',
      '--fresh',
      '--part',
      'users',
      '--part',
      'profiles',
      '--part',
      'customers',
    );
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
    expect(text).not.toContain('sk_live');
  });

  it.each([
    [['--since', 'soon'], '--since is days or hours'],
    [['--part', 'everything'], '--part is one of'],
    [['--segment', '5/4'], '--segment is one share'],
    [['--what'], "Unknown option '--what'"],
    [['--since', '31d'], '--since reaches 30 days'],
    [['--since', '3d', '--user', 'user-a'], '--since goes over events alone'],
    [['--user', 'ada@example.com'], '--user is a sub'],
  ])('%j: says in one line what is wrong', async (args, message) => {
    const { code, text } = await reconcile(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
  });
});
