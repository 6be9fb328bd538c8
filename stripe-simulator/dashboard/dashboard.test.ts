/** Tests of the dashboard over HTTP. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSubscription, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

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

  for (const path of [
    '',
    'dashboard/customers',
    `dashboard/objects/${customer as string}`,
    'dashboard/search?q=<script>',
  ])
    expect(await read(path)).not.toContain('<script>');
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

test('The dashboard lists every kind of object, filters it, and finds objects by any text', async () => {
  const { id, customer } = await createSubscription(stripe);
  await stripe.customers.update(customer as string, { metadata: { sub: 'user-7' } });
  for (let count = 0; count < 60; count += 1)
    await stripe.customers.create({ email: `u${count}@example.com` });
  for (const kind of [
    'customers',
    'subscriptions',
    'invoices',
    'payments',
    'events',
    'webhook-endpoints',
    'test-clocks',
  ])
    expect(await read(`dashboard/${kind}`)).toContain('aria-current="page"');

  expect(textOf(await read('dashboard/customers'))).toContain('61 in total');
  expect(await read('dashboard/customers')).toContain('page=2">Older');
  expect(await read('dashboard/customers?page=2')).toContain('ann@example.com');
  expect(textOf(await read('dashboard/customers?q=u59@'))).toContain('1 with “u59@”');
  const found = await read('dashboard/search?q=USER-7');
  expect(found).toContain('ann@example.com');
  expect(textOf(await read('dashboard/search?q=ann%40example'))).toContain(id);
  expect(await read('dashboard/search?q=nothing-like-it')).toContain('Nothing contains');
});

test('The page of an object links to what belongs to it and shows its JSON', async () => {
  const subscription = await createSubscription(stripe);
  const customer = subscription.customer as string;

  const page = await read(`dashboard/objects/${subscription.id}`);
  expect(page).toContain(`&quot;customer&quot;: "<a href="/dashboard/objects/${customer}">${customer}</a>"`);
  expect(textOf(page)).toContain('&quot;object&quot;: &quot;subscription&quot;');
  expect(page).toContain(idOf(subscription.latest_invoice));
  expect(page).toContain('customer.subscription.created');

  const owner = textOf(await read(`dashboard/objects/${customer}`));
  expect(owner).toContain(subscription.id);
  expect(await read(`dashboard/objects/${idOf(subscription.latest_invoice)}`)).toContain(
    'Hosted invoice page',
  );
  expect((await fetch(`${rig.simulator.url}/dashboard/objects/cus_none`)).status).toBe(404);
  expect((await fetch(`${rig.simulator.url}/dashboard/objects/%E0%A4%A`)).status).toBe(404);
});

test('The page of an event shows its deliveries, and sends it again', async () => {
  await createSubscription(stripe);
  await rig.simulator.settled();
  const [event] = (await stripe.events.list({ type: 'customer.subscription.created' })).data;
  const [endpoint] = (await stripe.webhookEndpoints.list()).data;
  const page = textOf(await read(`dashboard/objects/${event?.id}`));
  expect(page).toMatch(/Deliveries.*\/hook.*succeeded.*HTTP 200/);
  const before = rig.received.length;

  const answer = await press('resend', { delivery: `${event?.id}/${endpoint?.id}` });
  await rig.simulator.settled();

  expect(answer.headers.get('location')).toBe(`/dashboard/objects/${event?.id}`);
  expect(rig.received.length).toBe(before + 1);
  expect((await press('resend', { delivery: `${event?.id}/we_none` })).status).toBe(400);
});

test('The page of a test clock advances it', async () => {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: testStart });
  expect(await read(`dashboard/objects/${clock.id}`)).toContain(`value="${testStart + 3600}"`);

  await press('advance-clock', { clock: clock.id, frozen_time: String(testStart + 3600) });

  const after = await stripe.testHelpers.testClocks.retrieve(clock.id);
  expect(after).toMatchObject({ frozen_time: testStart + 3600, status: 'ready' });
  const refused = await press('advance-clock', { clock: clock.id, frozen_time: '5' });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('role="alert"');
});

test('Reading the dashboard changes nothing', async () => {
  const { id } = await createSubscription(stripe);
  await rig.simulator.settled();
  const before = await rig.control('');

  for (const path of [
    '',
    `dashboard/objects/${id}`,
    'dashboard/advance?seconds=3600',
    'dashboard/clear-faults',
    'dashboard/events',
  ])
    await read(path);

  expect(await rig.control('')).toEqual(before);
});
