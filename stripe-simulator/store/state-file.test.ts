/** Tests of the state file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startStripeSimulator } from '../index.ts';
import { createClient, createSubscription, startRig } from '../testing/rig.ts';

let folder: string;
let statePath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-state-'));
  statePath = join(folder, 'deep', 'state.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('A restart restores customers, subscriptions, events, idempotency keys and endpoints', async () => {
  const before = await startRig({ statePath });
  const subscription = await createSubscription(before.stripe);
  const customer = await before.stripe.customers.create({}, { idempotencyKey: 'kept' });
  await before.simulator.settled();
  await before.close();

  const after = await startStripeSimulator({ statePath, seed: 'tests' });
  try {
    const stripe = createClient(after);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
    const registered = after.registerWebhook({ url: before.hookUrl });
    expect(registered.secret).toBe(before.secret);
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
    expect((await stripe.events.list({ type: 'customer.created' })).data).toHaveLength(2);
    expect((await stripe.customers.create()).id).not.toBe(customer.id);
  } finally {
    await after.close();
  }
});

test('Saving writes one complete file and leaves no temporary file behind', async () => {
  const rig = await startRig({ statePath });
  await rig.stripe.customers.create();
  await rig.close();

  // The journal is gone too: the file contains it.
  expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
  expect(JSON.parse(readFileSync(statePath, 'utf8'))).toHaveProperty('tables.customers.0.id');
});

test.each([
  ['A truncated state file', '{"version":1,"tab'],
  ['A JSON file of another kind', '{"hello":"world"}'],
  [
    'A file with a table that is no list',
    '{"version":2,"counters":{},"tables":{"customers":{"id":"cus_1"}}}',
  ],
  [
    'A file with a record without an id',
    '{"version":2,"counters":{},"tables":{"customers":[{"name":"Ann"}]}}',
  ],
  ['A file of a newer version', '{"version":4,"rows":[]}'],
])('%s is rejected with its path and the way to recover', async (_case, text) => {
  const path = join(folder, 'bad.json');
  writeFileSync(path, text);

  await expect(startStripeSimulator({ statePath: path })).rejects.toThrow(`${path} is`);
  await expect(startStripeSimulator({ statePath: path })).rejects.toThrow(
    /[Dd]elete it to start with an empty state/,
  );
});

test('A delivery that is pending when the simulator stops is sent after the restart', async () => {
  const rig = await startRig({ statePath, webhookRetryDelaysMs: [3_600_000] });
  const failed = new Promise<void>((resolve) => {
    rig.receiver.answer = () => {
      resolve();
      return 500;
    };
  });
  await rig.stripe.customers.create();
  await failed;
  await expect
    .poll(() => rig.control('/deliveries'))
    .toMatchObject({ data: [{ attempts: [{ status: 500 }] }] });
  await rig.simulator.close();
  rig.receiver.answer = () => 200;

  const after = await startStripeSimulator({ statePath });
  await after.settled();
  await after.close();

  expect(rig.received).toHaveLength(2);
  await rig.close();
});
