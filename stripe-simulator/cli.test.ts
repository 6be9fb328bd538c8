/** Drives the simulator with the official Stripe CLI. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMonthlyPrice, type Rig, startRig, TEST_KEY } from './testing/rig.ts';

const binary = join(import.meta.dirname, '../node_modules/.bin/stripe');

let rig: Rig;
let home: string;

beforeAll(async () => {
  rig = await startRig();
  home = mkdtempSync(join(tmpdir(), 'stripe-cli-'));
});

afterAll(async () => {
  await rig.close();
  rmSync(home, { recursive: true, force: true });
});

function cli(...args: string[]): Promise<{ code: number; output: string }> {
  const env = {
    PATH: `/usr/bin:/bin:${join(process.execPath, '..')}`,
    HOME: home,
    STRIPE_API_KEY: TEST_KEY,
    STRIPE_CLI_TELEMETRY_OPTOUT: '1',
    DO_NOT_TRACK: '1',
  };
  return new Promise((resolve) => {
    execFile(binary, [...args, '--api-base', rig.simulator.url], { env }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
        output: stdout + stderr,
      });
    });
  });
}

const triggers: readonly string[] = [
  'customer.created',
  'customer.deleted',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.trial_will_end',
  'customer.subscription.paused',
  'checkout.session.completed',
  'invoice.paid',
  'invoice.payment_failed',
  'price.created',
  'product.created',
];

test.each(triggers)('`stripe trigger %s` succeeds and its event is delivered', async (type) => {
  rig.received.length = 0;

  const { code, output } = await cli('trigger', type);

  expect(output).toContain('Trigger succeeded');
  expect(code).toBe(0);
  expect(await rig.types()).toContain(type);
});

async function runJson(command: string, ...more: string[]): Promise<Record<string, unknown>> {
  const { code, output } = await cli(...command.split(' '), ...more);
  expect({ command, code, output }).toMatchObject({ code: 0 });
  return JSON.parse(output.slice(output.indexOf('{'))) as Record<string, unknown>;
}

test('The resource commands of the Stripe CLI create, retrieve, update, list and cancel', async () => {
  const price = await createMonthlyPrice(rig.stripe);
  const customer = await runJson(
    'customers create --email ann@example.com --payment-method pm_card_visa',
    '-d',
    'invoice_settings[default_payment_method]=pm_card_visa',
  );
  const created = await runJson(
    `subscriptions create --customer ${String(customer['id'])}`,
    '-d',
    `items[0][price]=${price.id}`,
  );
  const id = String(created['id']);

  expect(created).toMatchObject({ object: 'subscription', status: 'active' });
  expect(await runJson(`customers retrieve ${String(customer['id'])}`)).toMatchObject({
    email: 'ann@example.com',
  });
  expect(await runJson(`subscriptions update ${id} -d metadata[a]=b`)).toMatchObject({
    metadata: { a: 'b' },
  });
  const list = await runJson(`subscriptions list --customer ${String(customer['id'])}`);
  expect(list).toMatchObject({ data: [{ id }] });
  expect(await runJson(`subscriptions cancel ${id} --confirm`)).toMatchObject({ status: 'canceled' });
  const events = await runJson('events list --type customer.subscription.deleted --limit 1');
  expect(events).toMatchObject({ data: [{ data: { object: { id } } }] });
});

test('`stripe test_helpers test_clocks` creates a test clock and advances it', async () => {
  const frozen = Date.UTC(2030, 0, 1) / 1000;
  const command = 'test_helpers test_clocks';
  const id = String((await runJson(`${command} create --frozen-time ${frozen}`))['id']);

  const advancing = await runJson(`${command} advance ${id} --frozen-time ${frozen + 3600}`);

  expect(advancing).toMatchObject({ status: 'advancing' });
  const after = await runJson(`${command} retrieve ${id}`);
  expect(after).toMatchObject({ status: 'ready', frozen_time: frozen + 3600 });
});

test('`stripe get /v1/events` filters by delivery success', async () => {
  const { code, output } = await cli('get', '/v1/events', '-d', 'delivery_success=false');

  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ object: 'list', data: [] });
});

test('`stripe events resend` delivers an event again', async () => {
  const [endpoint] = (await rig.stripe.webhookEndpoints.list()).data;
  const { id } = await rig.stripe.products.create({ name: 'Pro' });
  await rig.simulator.settled();
  const [event] = (await rig.stripe.events.list({ type: 'product.created', limit: 1 })).data;
  rig.received.length = 0;

  const { code } = await cli(
    'events',
    'resend',
    String(event?.id),
    '--webhook-endpoint',
    String(endpoint?.id),
  );

  expect(code).toBe(0);
  expect((await rig.events()).map((sent) => sent.data.object)).toMatchObject([{ id }]);
});
