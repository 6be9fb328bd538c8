/** Tests of webhook deliveries: retries by the simulator's clock, lost responses, and injected faults. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUTHORIZATION, type Rig, startRig, testStart } from '../testing/rig.ts';

const minute = 60;
let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

function buy(): string {
  return rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' }).id;
}

describe('A delivery', () => {
  it('carries the event, the version and exactly the configured Authorization header', async () => {
    buy();
    await rig.simulator.settled();
    expect(rig.received).toMatchObject([
      {
        apiVersion: '1.0',
        event: { type: 'INITIAL_PURCHASE', app_user_id: 'ann' },
        headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
      },
    ]);
    expect(rig.simulator.deliveries()).toMatchObject([
      { state: 'succeeded', attempts: [{ at: testStart, status: 200, error: null }] },
    ]);
  });

  it('is repeated after 5, 10, 20, 40 and 80 minutes with the same event, and then never', async () => {
    rig.receiver.answer = () => 500;
    buy();
    await rig.simulator.settled();
    for (const minutes of [5, 10, 20, 40, 80]) {
      const before = rig.received.length;
      rig.simulator.advance(minutes * minute - 1);
      await rig.simulator.settled();
      expect(rig.received).toHaveLength(before);
      rig.simulator.advance(1);
      await rig.simulator.settled();
      expect(rig.received).toHaveLength(before + 1);
    }
    rig.simulator.advance(10 * 24 * 60 * minute);
    await rig.simulator.settled();
    expect(rig.received).toHaveLength(6);
    expect(new Set(rig.received.map(({ event }) => event.id)).size).toBe(1);
    expect(rig.simulator.deliveries()).toMatchObject([{ state: 'failed' }]);
  });

  it.each([201, 204, 302, 400, 500])('counts as failed with the status %i', async (status) => {
    const statuses = [status, 200];
    rig.receiver.answer = () => statuses.shift() ?? 200;
    buy();
    await rig.simulator.settled();
    expect(rig.simulator.deliveries()).toMatchObject([{ state: 'pending', attempts: [{ status }] }]);
    rig.simulator.advance(5 * minute);
    await rig.simulator.settled();
    expect(rig.simulator.deliveries()).toMatchObject([{ state: 'succeeded' }]);
  });

  it('whose response is lost arrives twice', async () => {
    const answers: ('drop' | number)[] = ['drop', 200];
    rig.receiver.answer = () => answers.shift() ?? 200;
    buy();
    await rig.simulator.settled();
    rig.simulator.advance(5 * minute);
    expect(await rig.types()).toEqual(['INITIAL_PURCHASE', 'INITIAL_PURCHASE']);
  });

  it('without a response within the timeout counts as failed', async () => {
    await rig.close();
    rig = await startRig({ timeoutMs: 20 });
    let release = (): void => undefined;
    rig.receiver.answer = () =>
      new Promise((resolve) => {
        release = () => resolve(200);
      });
    buy();
    await rig.simulator.settled();
    release();
    expect(rig.simulator.deliveries()).toMatchObject([
      { state: 'pending', attempts: [{ status: null, error: 'The endpoint did not respond within 20 ms.' }] },
    ]);
  });

  it('makes all retries that fell due in one long advance', async () => {
    rig.receiver.answer = () => 500;
    buy();
    await rig.simulator.settled();
    rig.simulator.advance(155 * minute);
    await rig.simulator.settled();
    expect(rig.received).toHaveLength(6);
  });

  it('goes to the webhook that was set last', async () => {
    const { url } = rig.simulator;
    rig.receiver.answer = () => 500;
    buy();
    await rig.simulator.settled();
    rig.simulator.registerWebhook({ url: `${url}/nowhere`, authorization: 'new' });
    rig.simulator.advance(5 * minute);
    await rig.simulator.settled();
    expect(rig.received).toHaveLength(1);
    expect(rig.simulator.deliveries()).toMatchObject([{ attempts: [{ status: 500 }, { status: 401 }] }]);
  });

  it('is settled within a time only when no retry falls due in it', async () => {
    rig.receiver.answer = () => 500;
    buy();
    await rig.simulator.settled();
    let settled = false;
    const waiting = rig.simulator.settled(5 * minute * 1000).then(() => {
      settled = true;
    });
    await rig.control('/deliveries', undefined, 'GET');
    expect(settled).toBe(false);
    rig.receiver.answer = () => 200;
    rig.simulator.advance(5 * minute);
    await waiting;
    expect(rig.received).toHaveLength(2);
    await rig.simulator.settled(Number.POSITIVE_INFINITY);
  });

  it('can be attempted before it is due', async () => {
    const statuses = [500, 200];
    rig.receiver.answer = () => statuses.shift() ?? 200;
    buy();
    await rig.simulator.settled();
    expect((await rig.control('/deliveries/flush')).body).toEqual({ attempted: 1 });
    expect(await rig.types()).toHaveLength(2);
  });

  it('stops with a reset', async () => {
    rig.receiver.answer = () => 500;
    buy();
    await rig.simulator.settled();
    rig.simulator.reset();
    rig.simulator.advance(24 * 60 * minute);
    await rig.simulator.settled();
    expect(rig.received).toHaveLength(1);
  });
});

describe('A fault of deliveries', () => {
  it('`drop` loses one attempt, and the retry follows', async () => {
    rig.simulator.setFaults({ deliveries: [{ fault: 'drop', count: 1 }] });
    buy();
    expect(await rig.types()).toEqual([]);
    rig.simulator.advance(5 * minute);
    expect(await rig.types()).toEqual(['INITIAL_PURCHASE']);
  });

  it('`lose` loses the event permanently', async () => {
    rig.simulator.setFaults({ deliveries: [{ fault: 'lose', match: 'INITIAL_*' }] });
    const id = buy();
    rig.simulator.cancel(id);
    rig.simulator.advance(24 * 60 * minute);
    expect(await rig.types()).toEqual(['CANCELLATION']);
    expect(rig.simulator.deliveries()).toMatchObject([{ state: 'lost' }, { state: 'succeeded' }]);
  });

  it('`lose_response` delivers, and repeats', async () => {
    rig.simulator.addFaults({ deliveries: [{ fault: 'lose_response', count: 1 }] });
    buy();
    await rig.simulator.settled();
    rig.simulator.advance(5 * minute);
    expect(await rig.types()).toEqual(['INITIAL_PURCHASE', 'INITIAL_PURCHASE']);
  });

  it('`duplicate` delivers twice with one id', async () => {
    rig.simulator.setFaults({ deliveries: [{ fault: 'duplicate', count: 1 }] });
    buy();
    expect(await rig.types()).toHaveLength(2);
    expect(rig.received[0]?.event).toEqual(rig.received[1]?.event);
    expect(rig.simulator.deliveries()).toMatchObject([{ state: 'succeeded' }]);
  });

  it('`reorder` delivers the newest event first', async () => {
    rig.simulator.setFaults({ deliveries: [{ fault: 'reorder' }] });
    const id = buy();
    rig.simulator.cancel(id);
    rig.simulator.uncancel(id);
    expect(await rig.types()).toEqual(['UNCANCELLATION', 'CANCELLATION', 'INITIAL_PURCHASE']);
  });

  it('`delay` delivers when the clock gets there', async () => {
    rig.simulator.setFaults({ deliveries: [{ fault: 'delay', ms: 3_600_000, count: 1 }] });
    buy();
    expect(await rig.types()).toEqual([]);
    rig.simulator.advance(3_600);
    expect(await rig.types()).toEqual(['INITIAL_PURCHASE']);
  });
});

describe('An event that no change causes', () => {
  it('is the test event of the dashboard, or of any type', async () => {
    rig.simulator.openApp('ann');
    rig.simulator.sendTestEvent();
    rig.simulator.sendEvent({ type: 'NEW_TYPE', customerId: 'ann', fields: { extra: 1, app_id: null } });
    expect(new Set(await rig.types())).toEqual(new Set(['NEW_TYPE', 'TEST']));
    expect(rig.simulator.events()).toMatchObject([
      { type: 'TEST', environment: 'SANDBOX', app_user_id: expect.stringMatching(/^test-/) },
      { type: 'NEW_TYPE', app_user_id: 'ann', aliases: ['ann'], extra: 1, app_id: null },
    ]);
  });
});
