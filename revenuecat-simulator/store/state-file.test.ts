/** Tests of the state file, of repeatable ids, and of a clock that another simulator owns. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRevenueCatSimulator } from '../index.ts';
import { DAY_SECONDS, startRig, testStart } from '../testing/rig.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'predixa-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('A restart with the state file', () => {
  it('keeps everything, continues the ids and the clock, and runs what fell due since', async () => {
    const statePath = join(folder, 'kept.json');
    const first = await startRig({ statePath });
    const { id } = first.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    first.simulator.advance(DAY_SECONDS);
    await first.simulator.settled();
    const before = first.simulator.events();
    await first.close();

    const second = await startRig({ statePath });
    expect(second.simulator.nowMs()).toBe(testStart + DAY_SECONDS * 1000);
    expect(second.simulator.events()).toEqual(before);
    expect((await second.api('products')).body['items']).toHaveLength(3);
    const next = second.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    expect(next.id).not.toBe(id);
    await second.close();

    const now = (): number => testStart + 60 * DAY_SECONDS * 1000;
    const third = await startRevenueCatSimulator({ statePath, now, seed: 'tests' });
    expect(third.events().map(({ type }) => type)).toEqual([
      'INITIAL_PURCHASE',
      'INITIAL_PURCHASE',
      'RENEWAL',
      'RENEWAL',
      'RENEWAL',
      'RENEWAL',
    ]);
    await third.close();
  });

  it('makes a delivery that was pending', async () => {
    const statePath = join(folder, 'pending.json');
    const rig = await startRig({ statePath });
    rig.receiver.answer = () => 500;
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    await rig.simulator.settled();
    await rig.simulator.close();
    rig.receiver.answer = () => 200;

    const after = await startRevenueCatSimulator({ statePath, now: () => testStart });
    after.advance(300);
    await after.settled();
    expect(after.deliveries()).toMatchObject([{ state: 'succeeded' }]);
    expect(rig.received.map(({ event }) => event.id)).toEqual([after.events()[0]?.id, after.events()[0]?.id]);
    await after.close();
    await rig.close();
  });

  it.each([
    ['invalid JSON', '{'],
    ['another format', '{"hello":"world"}'],
    ['the format of a newer version', '{"version":4}'],
  ])('with %s fails, and names the file', async (name, text) => {
    const statePath = join(folder, `${name}.json`);
    writeFileSync(statePath, text);
    await expect(startRevenueCatSimulator({ statePath })).rejects.toThrow(`${statePath} is`);
  });
});

describe('A kill', () => {
  // Copies the files as a process finds them that starts after a kill.
  function copyFiles(statePath: string): string {
    copyFileSync(`${statePath}.journal`, `${statePath}.copy.journal`);
    return `${statePath}.copy`;
  }

  it('loses nothing that was answered, returned or sent', async () => {
    const statePath = join(folder, 'killed.json');
    const rig = await startRig({ statePath });
    let atDelivery = '';
    rig.receiver.answer = () => {
      atDelivery = readFileSync(`${statePath}.journal`, 'utf8');
      return 200;
    };
    const bought = await rig.control('/customers/ann/purchase', { product: 'monthly_pro' });
    expect(bought.status).toBe(200);
    await rig.simulator.settled();
    const { id } = rig.simulator.purchase({ customerId: 'zoe', product: 'yearly_pro' });
    rig.simulator.advance(60);
    const copy = copyFiles(statePath);

    const after = await startRig({ statePath: copy });
    expect(atDelivery).toContain('INITIAL_PURCHASE');
    expect(after.simulator.events().map((event) => event['app_user_id'])).toEqual(['ann', 'zoe']);
    expect((await after.api('customers/zoe/subscriptions')).body['items']).toMatchObject([{ id }]);
    expect(after.simulator.nowMs()).toBe(testStart + 60_000);
    await after.close();
    await rig.close();
  });

  it('in the middle of a line loses the line, and damage before it is refused with its place', async () => {
    const statePath = join(folder, 'half.json');
    const rig = await startRig({ statePath });
    rig.simulator.openApp('ann');
    rig.simulator.openApp('zoe');
    const copy = copyFiles(statePath);
    const text = readFileSync(`${copy}.journal`, 'utf8');

    writeFileSync(`${copy}.journal`, text.slice(0, -5));
    const after = await startRig({ statePath: copy });
    expect((await after.api('customers/ann')).status).toBe(200);
    expect((await after.api('customers/zoe')).status).toBe(404);
    await after.close();

    rmSync(copy);
    writeFileSync(`${copy}.journal`, text.replace('ann', 'bob'));
    await expect(startRevenueCatSimulator({ statePath: copy })).rejects.toThrow(
      /half\.json\.copy\.journal is damaged in line \d+: .* delete both to start with an empty state\./,
    );
    await rig.close();
  });
});

describe('A long run', () => {
  it('keeps the latest ten thousand events and their deliveries, and counts what an advance causes', async () => {
    const simulator = await startRevenueCatSimulator({ now: () => testStart, seed: 'tests' });
    simulator.registerWebhook({ url: 'http://127.0.0.1:9/hook', authorization: 'x' });
    simulator.setFaults({ deliveries: [{ fault: 'lose', count: null }] });
    for (let n = 0; n < 10_010; n += 1) simulator.sendTestEvent();
    simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    expect(simulator.advance(31 * DAY_SECONDS)).toBe(1);
    expect(simulator.events()).toHaveLength(10_000);
    expect(simulator.deliveries()).toHaveLength(10_000);
    expect(simulator.events().at(-1)?.type).toBe('RENEWAL');
    await simulator.close();
  });
});

describe('The ids', () => {
  it('are the same with the same seed', async () => {
    const run = async (seed: string): Promise<readonly unknown[]> => {
      const simulator = await startRevenueCatSimulator({ seed, now: () => testStart });
      simulator.purchase({ customerId: simulator.anonymousId(), product: 'monthly_pro' });
      const events = simulator.events();
      await simulator.close();
      return events;
    };
    expect(await run('one')).toEqual(await run('one'));
    expect(await run('one')).not.toEqual(await run('two'));
  });
});

describe('A clock that another simulator owns', () => {
  it('moves only there, and an advance here moves it', async () => {
    let ms = testStart;
    const simulator = await startRevenueCatSimulator({
      now: () => ms,
      advanceNow: (seconds) => {
        ms += seconds * 1000;
      },
    });
    simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    expect(simulator.advance(31 * DAY_SECONDS)).toBe(1);
    expect(simulator.nowMs()).toBe(ms);
    ms += 31 * DAY_SECONDS * 1000;
    expect(simulator.runDue()).toBe(1);
    await simulator.close();
  });
});
