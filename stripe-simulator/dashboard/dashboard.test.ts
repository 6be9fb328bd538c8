/** Tests of the dashboard over HTTP. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSubscription, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
});
afterAll(() => rig.close());

async function read(path = ''): Promise<string> {
  return (await fetch(`${rig.simulator.url}/${path}`)).text();
}

/** Returns what a person reads. */
function textOf(shown: string): string {
  return shown.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

async function press(
  button: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${rig.simulator.url}/dashboard/${button}`, {
    method: 'POST',
    body,
    headers,
    redirect: 'manual',
  });
}

test('The dashboard shows the time, the subscriptions and the events with their deliveries', async () => {
  const { id } = await createSubscription(stripe);
  await rig.simulator.settled();

  const shown = await read();

  expect(shown).toContain('2027-01-15 12:00:00');
  expect(textOf(shown)).toContain(`${id} ann@example.com active 2027-02-15 12:00:00`);
  expect(textOf(shown)).toMatch(/customer\.subscription\.created sub_\w+ succeeded/);
});

test('The dashboard escapes text from customers', async () => {
  const { customer } = await createSubscription(stripe);
  await stripe.customers.update(customer as string, { email: '<script>@example.com' });

  for (const path of ['', 'dashboard/customers', `dashboard/objects/${customer as string}`, 'dashboard/search?q=<script>'])
    expect(await read(path), path).not.toContain('<script>');
});

test('The buttons of the dashboard advance the clock', async () => {
  const { id } = await createSubscription(stripe);

  expect((await press('advance', { to: String(Date.UTC(2027, 1, 15, 12) / 1000) })).status).toBe(303);
  await press('advance', { seconds: '3600' });

  expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(2);
  expect(await read()).toContain('2027-02-15 13:00:00');
  expect((await press('advance', { to: String(testStart) })).status).toBe(400);
});

test('The dashboard turns faults on and off', async () => {
  expect(await read()).toContain('No faults are active.');

  await press('fault', { area: 'api', fault: 'rate_limit', match: 'GET /v1/customers', count: '1' });
  await press('fault', { area: 'deliveries', fault: 'drop', match: 'customer.*', count: '' });
  await expect(stripe.customers.list()).rejects.toMatchObject({ statusCode: 429 });
  const shown = await read();
  expect(shown).toContain('API: <strong>rate_limit</strong> for GET /v1/customers, triggered 1 of 1');
  expect(shown).toContain('Deliveries: <strong>drop</strong> for customer.*, triggered 0');

  await press('clear-faults');
  expect(await read()).toContain('No faults are active.');
});

test('An action from another site, or an unknown one, does nothing', async () => {
  const foreign = await press('advance', { seconds: '3600' }, { 'Sec-Fetch-Site': 'cross-site' });

  expect(foreign.status).toBe(403);
  expect((await press('nonsense')).status).toBe(404);
  expect((await press('fault', { area: 'api', fault: 'flood' })).status).toBe(400);
  expect(await rig.control('')).toMatchObject({ now: testStart });
});
