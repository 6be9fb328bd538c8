import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
    const options = { cwd: directory, env: stage.env };
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

  it.each([
    [['--since', 'soon'], '--since is days or hours'],
    [['--part', 'everything'], '--part is one of'],
    [['--segment', '5/4'], '--segment is one share'],
    [['--what'], "Unknown option '--what'"],
  ])('%j: says in one line what is wrong', async (args, message) => {
    const { code, text } = await reconcile(...args);
    expect(code).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toContain('    at ');
  });
});
