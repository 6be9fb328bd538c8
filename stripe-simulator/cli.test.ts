/** The real Stripe CLI drives the simulator as it drives Stripe. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig, testKey } from './testing/rig.ts';

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
    STRIPE_API_KEY: testKey,
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

test.each(triggers)('`stripe trigger %s` succeeds and the event is delivered', async (type) => {
  rig.received.length = 0;

  const { code, output } = await cli('trigger', type);

  expect(output).toContain('Trigger succeeded');
  expect(code).toBe(0);
  expect(await rig.types()).toContain(type);
});

test('`stripe events list` filters by delivery', async () => {
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
