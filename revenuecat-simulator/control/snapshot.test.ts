/** Tests of snapshots of the whole state. */
import { expect, it } from 'vitest';
import { DAY_SECONDS, startRig } from '../testing/rig.ts';

it('A snapshot brings back purchases, products and events, and drops what came later', async () => {
  const rig = await startRig();
  rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
  await rig.simulator.settled();
  // A file holds it as JSON.
  const snapshot: unknown = JSON.parse(JSON.stringify(rig.simulator.takeSnapshot()));
  const events = rig.simulator.events();
  const later = rig.simulator.purchase({ customerId: 'bob', product: 'monthly_pro' });

  rig.simulator.restoreSnapshot(snapshot);
  expect(rig.simulator.events()).toEqual(events);
  expect((await rig.api('products')).body['items']).toHaveLength(3);
  expect((await rig.api('customers/ann')).status).toBe(200);
  expect((await rig.api('customers/bob')).status).toBe(404);
  expect(rig.simulator.purchase({ customerId: 'bob', product: 'monthly_pro' }).id).not.toBe(later.id);
  await rig.close();
});

it('After a restore elsewhere, the purchase renews and its webhook arrives there', async () => {
  const first = await startRig();
  first.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
  await first.simulator.settled();
  const snapshot = first.simulator.takeSnapshot();
  await first.close();

  const second = await startRig({ seed: 'another installation' });
  second.simulator.restoreSnapshot(snapshot);
  second.simulator.advance(32 * DAY_SECONDS);
  await second.simulator.settled();
  expect(second.received.map(({ event }) => event.type)).toEqual(['RENEWAL']);
  await second.close();
});

it.each([
  ['nothing', undefined],
  ['another version', { version: 2, counters: {}, tables: {} }],
  ['a table that is no list', { version: 1, counters: {}, tables: { customers: {} } }],
])('%s is refused, and changes nothing', async (_name, value) => {
  const rig = await startRig();
  rig.simulator.openApp('ann');
  expect(() => rig.simulator.restoreSnapshot(value)).toThrow('no snapshot');
  expect((await rig.api('customers/ann')).status).toBe(200);
  await rig.close();
});
