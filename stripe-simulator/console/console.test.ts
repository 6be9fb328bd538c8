/** Tests of the console page. */
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

async function read(): Promise<string> {
  return (await fetch(`${rig.simulator.url}/`)).text();
}

async function press(
  button: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${rig.simulator.url}/console/${button}`, {
    method: 'POST',
    body,
    headers,
    redirect: 'manual',
  });
}

test('The console shows the time, the subscriptions and the events with their deliveries', async () => {
  const { id } = await createSubscription(stripe);
  await rig.simulator.settled();

  const shown = await read();

  expect(shown).toContain('2027-01-15 12:00:00');
  expect(shown).toContain(
    `<td>${id}</td><td>ann@example.com</td><td>active</td><td>2027-02-15 12:00:00</td>`,
  );
  expect(shown).toMatch(/<td>customer\.subscription\.created<\/td><td>sub_\w+<\/td><td>succeeded<\/td>/);
});

test('The console escapes text from customers', async () => {
  const { customer } = await createSubscription(stripe);
  await stripe.customers.update(customer as string, { email: '<script>@example.com' });

  expect(await read()).not.toContain('<script>');
});

test('The console buttons advance the clock', async () => {
  const { id } = await createSubscription(stripe);

  expect((await press('advance', { to: String(Date.UTC(2027, 1, 15, 12) / 1000) })).status).toBe(303);
  await press('advance', { seconds: '3600' });

  expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(2);
  expect(await read()).toContain('2027-02-15 13:00:00');
  expect((await press('advance', { to: String(testStart) })).status).toBe(400);
});

test('The console turns faults on and off', async () => {
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

test('A console action from another site, or an unknown one, does nothing', async () => {
  const foreign = await press('advance', { seconds: '3600' }, { 'Sec-Fetch-Site': 'cross-site' });

  expect(foreign.status).toBe(403);
  expect((await press('nonsense')).status).toBe(404);
  expect((await press('fault', { area: 'api', fault: 'flood' })).status).toBe(400);
  expect(await rig.control('')).toMatchObject({ now: testStart });
});
