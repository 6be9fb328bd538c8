/** Tests of what is on the disk when a request is answered, as a process finds it that starts after a kill. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StripeSimulator, startStripeSimulator } from '../index.ts';
import { createClient, createSubscription, type Rig, startRig } from '../testing/rig.ts';

let folder: string;
let statePath: string;
let rig: Rig;
const running: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-journal-'));
  statePath = join(folder, 'state.json');
  rig = await startRig({ statePath });
});
afterEach(async () => {
  await rig.close();
  for (const simulator of running.splice(0)) await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Copies the files as they are now. The running simulator goes on with its own. */
function copyFiles(name: string): string {
  const copy = join(folder, name);
  if (existsSync(statePath)) copyFileSync(statePath, copy);
  copyFileSync(`${statePath}.journal`, `${copy}.journal`);
  return copy;
}

async function startAt(path: string): Promise<StripeSimulator> {
  const simulator = await startStripeSimulator({ statePath: path, seed: 'tests', webhookRetryDelaysMs: [] });
  running.push(simulator);
  return simulator;
}

async function customersIn(simulator: StripeSimulator): Promise<string[]> {
  return (await createClient(simulator).customers.list({ limit: 100 })).data.map(({ id }) => id);
}

test('Everything that was answered is on the disk at that moment', async () => {
  const subscription = await createSubscription(rig.stripe);
  const kept = await rig.stripe.customers.create({ name: 'Ann' }, { idempotencyKey: 'once' });
  const gone = await rig.stripe.customers.create();
  await rig.stripe.customers.del(gone.id);
  await rig.control('/clock/advance', { seconds: 3600 });
  await rig.control('/account', { live_mode_ids: ['cus_live'] });
  const now = rig.simulator.nowMs();

  const after = await startAt(copyFiles('after-kill.json'));

  const stripe = createClient(after);
  expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
  expect(await customersIn(after)).toEqual([kept.id, subscription.customer]);
  expect(await stripe.customers.retrieve(gone.id)).toMatchObject({ deleted: true });
  expect(await stripe.customers.create({ name: 'Ann' }, { idempotencyKey: 'once' })).toMatchObject({
    id: kept.id,
  });
  expect(after.nowMs() - Date.now()).toBeGreaterThanOrEqual(3_600_000 - 10_000);
  expect(now).toBe((rig.clock.seconds + 3600) * 1000);
  await expect(stripe.customers.retrieve('cus_live')).rejects.toThrow('exists in live mode');
  expect((await stripe.customers.create()).id).not.toBe(gone.id);
});

test('What a caller changes without a request is on the disk when the call returns', async () => {
  const { id } = rig.simulator.registerWebhook({ url: 'http://127.0.0.1:9/hook', enabledEvents: ['none'] });
  rig.simulator.advance(60);

  const after = await startAt(copyFiles('after-kill.json'));

  const { data } = await createClient(after).webhookEndpoints.list();
  expect(data.map((endpoint) => endpoint.id)).toContain(id);
  expect(after.nowMs() - Date.now()).toBeGreaterThan(50_000);
});

test('A webhook is sent only after its event is on the disk', async () => {
  const copies: string[] = [];
  rig.receiver.answer = () => {
    copies.push(copyFiles(`at-delivery-${copies.length}.json`));
    return 200;
  };
  await rig.stripe.products.create({ name: 'Pro' });
  const [sent] = await rig.events();

  const after = await startAt(String(copies[0]));

  expect(await createClient(after).events.retrieve(String(sent?.id))).toMatchObject({
    type: 'product.created',
  });
});

test('A line that was half written when the process ended is no change, wherever it broke off', async () => {
  const first = await rig.stripe.customers.create();
  await rig.simulator.settled();
  const before = statSync(`${statePath}.journal`).size;
  await rig.stripe.customers.create({ name: 'Änn' });
  const journal = readFileSync(`${statePath}.journal`);
  const lineEnd = journal.indexOf('\n', before);

  for (const cut of [before, before + 1, before + 9, lineEnd - 200, lineEnd]) {
    const path = join(folder, `cut-at-${cut}.json`);
    writeFileSync(`${path}.journal`, journal.subarray(0, cut));
    const after = await startAt(path);
    expect(await customersIn(after)).toEqual([first.id]);
    const { id } = await createClient(after).customers.create();
    copyFileSync(`${path}.journal`, `${path}.again.journal`);
    expect(await customersIn(await startAt(`${path}.again`))).toEqual([id, first.id]);
  }
});

test.each([
  ['a changed letter', (text: string) => text.replace('"Ann"', '"Bob"'), 3],
  ['a lost line break', (text: string) => text.replace('}\n', '}'), 1],
  ['a line of another program', (text: string) => text.replace('\n', '\nhello\n'), 2],
])(
  'A journal with %s in the middle is refused, with its path, the line and the way out',
  async (_case, change, line) => {
    await rig.stripe.customers.create({ name: 'Ann' });
    await rig.stripe.customers.create({ name: 'Zoe' });
    await rig.simulator.settled();
    const copy = copyFiles('damaged.json');
    writeFileSync(`${copy}.journal`, change(readFileSync(`${copy}.journal`, 'utf8')));

    await expect(startStripeSimulator({ statePath: copy })).rejects.toThrow(
      `${copy}.journal is damaged in line ${line}: it was changed after it was written. Restore it and the state file next to it from a copy, or delete both to start with an empty state.`,
    );
  },
);

test('A journal without its state file, or with another one, is refused', async () => {
  await rig.simulator.close();
  const simulator = await startStripeSimulator({ statePath, seed: 'tests' });
  await createClient(simulator).customers.create();
  const copy = copyFiles('mixed.json');
  await simulator.close();

  rmSync(copy);
  await expect(startStripeSimulator({ statePath: copy })).rejects.toThrow(
    'one of the two was replaced or deleted',
  );
  copyFileSync(statePath, copy);
  const state = JSON.parse(readFileSync(copy, 'utf8')) as object;
  writeFileSync(copy, JSON.stringify({ ...state, id: 'x', follows: 'y' }));
  await expect(startStripeSimulator({ statePath: copy })).rejects.toThrow(
    'one of the two was replaced or deleted',
  );
});

test('A state file that already contains its old journal replaces it', async () => {
  await rig.stripe.customers.create();
  const copy = copyFiles('between.json');
  await rig.simulator.close();
  copyFileSync(statePath, copy);

  const after = await startAt(copy);

  expect(await customersIn(after)).toHaveLength(1);
  expect(readFileSync(`${copy}.journal`, 'utf8').split('\n')).toHaveLength(2);
});

test('A state file of the first format is read, and continued in the new one', async () => {
  const path = join(folder, 'first.json');
  const row = { id: 'cus_old', object: 'customer', created: 1, metadata: {}, test_clock: null };
  writeFileSync(
    path,
    JSON.stringify({ version: 1, clock_ahead_ms: 0, counters: {}, tables: { customers: [row] } }),
  );

  const simulator = await startAt(path);
  await createClient(simulator).products.create({ name: 'Pro' });

  expect(await customersIn(simulator)).toEqual(['cus_old']);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 3, id: expect.any(String) });
});
