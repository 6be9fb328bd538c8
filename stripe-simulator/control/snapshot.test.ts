/** Tests of snapshots of the whole state. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCustomer, createSubscription, startRig, testStart } from '../testing/rig.ts';

const DAY_SECONDS = 86_400;

test('A snapshot brings back records, events and the clock, and drops what came later', async () => {
  const rig = await startRig();
  const subscription = await createSubscription(rig.stripe);
  rig.simulator.advance(10 * DAY_SECONDS);
  await rig.simulator.settled();
  // A file holds it as JSON.
  const snapshot: unknown = JSON.parse(JSON.stringify(rig.simulator.takeSnapshot()));
  const before = await rig.stripe.events.list({ limit: 100 });
  rig.simulator.advance(40 * DAY_SECONDS);
  const later = await createCustomer(rig.stripe);

  rig.simulator.restoreSnapshot(snapshot);
  expect(rig.simulator.nowMs()).toBe((testStart + 10 * DAY_SECONDS) * 1_000);
  expect(await rig.stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
  expect((await rig.stripe.events.list({ limit: 100 })).data).toEqual(before.data);
  await expect(rig.stripe.customers.retrieve(later.id)).rejects.toThrow('No such customer');
  await rig.close();
});

test('After a restore, the subscription renews, and its webhooks arrive at the endpoint of this simulator', async () => {
  const first = await startRig();
  await createSubscription(first.stripe);
  const snapshot = first.simulator.takeSnapshot();
  await first.close();

  const second = await startRig({ seed: 'another installation' });
  second.simulator.restoreSnapshot(snapshot);
  second.simulator.advance(32 * DAY_SECONDS);
  expect(await second.types()).toContain('invoice.paid');
  await second.close();
});

test('A delivery that was pending in a snapshot is made after the restore', async () => {
  const first = await startRig({ webhookRetryDelaysMs: [3_600_000] });
  first.receiver.answer = () => 500;
  await first.stripe.customers.create();
  await expect
    .poll(() => first.control('/deliveries'))
    .toMatchObject({ data: [{ attempts: [{ status: 500 }] }] });
  const snapshot = first.simulator.takeSnapshot();
  await first.close();

  const second = await startRig({ seed: 'another installation' });
  second.simulator.restoreSnapshot(snapshot);
  expect(await second.types()).toEqual(['customer.created']);
  await second.close();
});

test('An id that was given after the snapshot is not given again', async () => {
  const rig = await startRig();
  const snapshot = rig.simulator.takeSnapshot();
  const before = await rig.stripe.customers.create();
  rig.simulator.restoreSnapshot(snapshot);
  expect((await rig.stripe.customers.create()).id).not.toBe(before.id);
  await rig.close();
});

test('A clock that was behind the present stays at the present', async () => {
  const rig = await startRig();
  const snapshot = rig.simulator.takeSnapshot();
  rig.clock.seconds += 5 * DAY_SECONDS;
  rig.simulator.restoreSnapshot(snapshot);
  expect(rig.simulator.nowMs()).toBe((testStart + 5 * DAY_SECONDS) * 1_000);
  await rig.close();
});

test.each([
  ['nothing', undefined],
  ['a text', 'snapshot'],
  ['another version', { version: 2, now_ms: 0, counters: {}, tables: {} }],
  ['a table that is no list', { version: 1, now_ms: 0, counters: {}, tables: { customers: {} } }],
  ['a record without an id', { version: 1, now_ms: 0, counters: {}, tables: { customers: [{}] } }],
])('%s is refused, and changes nothing', async (_name, value) => {
  const rig = await startRig();
  const { id } = await rig.stripe.customers.create();
  expect(() => rig.simulator.restoreSnapshot(value)).toThrow('no snapshot');
  expect((await rig.stripe.customers.retrieve(id)).id).toBe(id);
  await rig.close();
});

test('A restore survives the end of the process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-snapshot-'));
  const rig = await startRig({ statePath: join(folder, 'state.json') });
  const kept = await rig.stripe.customers.create();
  rig.simulator.advance(10 * DAY_SECONDS);
  const snapshot = rig.simulator.takeSnapshot();
  rig.simulator.advance(10 * DAY_SECONDS);
  const dropped = await rig.stripe.customers.create();
  rig.simulator.restoreSnapshot(snapshot);
  // An answer is sent only once all changes are on the disk.
  await rig.stripe.customers.create();
  cpSync(folder, `${folder}-killed`, { recursive: true });
  await rig.close();

  const after = await startRig({ statePath: join(`${folder}-killed`, 'state.json') });
  expect(after.simulator.nowMs()).toBe((testStart + 10 * DAY_SECONDS) * 1_000);
  expect((await after.stripe.customers.retrieve(kept.id)).id).toBe(kept.id);
  await expect(after.stripe.customers.retrieve(dropped.id)).rejects.toThrow('No such customer');
  await after.close();
  for (const path of [folder, `${folder}-killed`]) rmSync(path, { recursive: true });
});
