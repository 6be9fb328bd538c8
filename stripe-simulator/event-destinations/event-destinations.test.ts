/** Event destinations and thin events, as the official library uses them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSubscription, type Rig, startRig, TEST_KEY } from '../testing/rig.ts';

let folder: string;
let rig: Rig;
let stripe: Stripe;
let hooks: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-bus-'));
  rig = await startRig({ eventBus: join(folder, 'bus.jsonl') });
  ({ stripe } = rig);
});
beforeEach(() => {
  hooks = rig.received.length;
});
afterEach(async () => {
  await rig.simulator.settled();
  for (const { id } of (await stripe.v2.core.eventDestinations.list()).data)
    await stripe.v2.core.eventDestinations.del(id);
});
afterAll(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

type Params = Stripe.V2.Core.EventDestinationCreateParams;

function thinTo(url: string, params: Partial<Params> = {}): Promise<Stripe.V2.Core.EventDestination> {
  return stripe.v2.core.eventDestinations.create({
    name: 'App',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created', 'v1.customer.updated', 'v1.customer.deleted'],
    webhook_endpoint: { url },
    include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
    ...params,
  });
}

/** What arrived since the test began, apart from the events of the endpoint that every test has. */
async function thinBodies(): Promise<{ body: string; signature: string }[]> {
  await rig.simulator.settled();
  return rig.received.slice(hooks).filter(({ body }) => body.includes('"v2.core.event"'));
}

test('A thin event is delivered with a signature, and leads to the event and to the object as it is now', async () => {
  const { webhook_endpoint: endpoint } = await thinTo(rig.hookUrl);
  const customer = await stripe.customers.create({ name: 'Ann' });
  const [delivery] = await thinBodies();
  await stripe.customers.update(customer.id, { name: 'Ann Lee' });

  const notification = stripe.parseEventNotification(
    delivery?.body ?? '',
    delivery?.signature ?? '',
    endpoint?.signing_secret ?? '',
    undefined,
    undefined,
    rig.clock.seconds * 1000,
  );
  expect(notification).toMatchObject({
    object: 'v2.core.event',
    type: 'v1.customer.created',
    created: new Date(rig.clock.seconds * 1000).toISOString(),
    livemode: false,
    reason: { type: 'request', request: { id: expect.stringMatching(/^req_/) } },
    related_object: { id: customer.id, type: 'customer', url: `/v1/customers/${customer.id}` },
  });
  if (notification.type !== 'v1.customer.created') throw new Error('Another type.');
  const event = await notification.fetchEvent();
  const retrieved = await stripe.v2.core.events.retrieve(event.id);
  expect(retrieved).toMatchObject({ ...event });
  if (retrieved.type !== 'v1.customer.created') throw new Error('Another type.');
  expect(await retrieved.fetchRelatedObject()).toMatchObject({ id: customer.id, name: 'Ann Lee' });
  expect(await notification.fetchRelatedObject()).toMatchObject({ name: 'Ann Lee' });
  const snapshot = await stripe.events.retrieve(event.snapshot_event ?? '');
  expect(snapshot).toMatchObject({ type: 'customer.created', data: { object: { name: 'Ann' } } });
  expect(() => stripe.webhooks.constructEvent(delivery?.body ?? '', delivery?.signature ?? '', 'x')).toThrow(
    /signature/,
  );
});

test('A destination for snapshot events gets them in its own version, as the webhook endpoints do', async () => {
  const destination = await thinTo(rig.hookUrl, {
    event_payload: 'snapshot',
    enabled_events: ['customer.created'],
    snapshot_api_version: '2025-02-24.acacia',
  });
  await stripe.customers.create();
  await rig.simulator.settled();

  const versions = rig.received
    .slice(hooks)
    .map(({ body }) => (JSON.parse(body) as Stripe.Event).api_version);
  expect(versions.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
    '2025-02-24.acacia',
    '2026-10-28.endive',
  ]);
  expect(destination).toMatchObject({ snapshot_api_version: '2025-02-24.acacia', status: 'enabled' });
});

test('The status that a subscription comes to has a thin event of its own, without a snapshot event', async () => {
  await thinTo(rig.hookUrl, {
    enabled_events: ['v1.customer.subscription.active', 'v1.customer.subscription.created'],
  });
  const { id } = await createSubscription(stripe);
  const bodies = (await thinBodies()).map(({ body }) => JSON.parse(body) as Stripe.V2.Core.Event);

  const types = ['v1.customer.subscription.active', 'v1.customer.subscription.created'];
  expect(bodies.map(({ type }) => type).sort()).toEqual(types);
  const [active] = bodies.filter(({ type }) => type.endsWith('active'));
  expect(active).not.toHaveProperty('snapshot_event');
  expect(await stripe.v2.core.events.retrieve(active?.id ?? '')).toMatchObject({
    type: 'v1.customer.subscription.active',
    related_object: { id },
  });
});

test('Thin events are listed by object, type and time, on pages that lead to each other', async () => {
  const { id } = await stripe.customers.create();
  for (const name of ['a', 'b', 'c', 'd']) await stripe.customers.update(id, { name });
  const about = { object_id: id, limit: 2 };

  const all = await stripe.v2.core.events.list(about).autoPagingToArray({ limit: 100 });
  expect(all.map(({ type }) => type)).toEqual([
    ...Array<string>(4).fill('v1.customer.updated'),
    'v1.customer.created',
  ]);
  const first = await stripe.v2.core.events.list(about);
  const second: typeof first = await stripe.rawRequest('GET', first.next_page_url ?? '');
  const back: typeof first = await stripe.rawRequest('GET', second.previous_page_url ?? '');
  expect(back.data.map((event) => event.id)).toEqual(first.data.map((event) => event.id));
  const created = await stripe.v2.core.events.list({ ...about, types: ['v1.customer.created'] });
  expect(created.data).toHaveLength(1);
  const now = rig.clock.seconds;
  const since = async (gte: unknown) =>
    (await stripe.v2.core.events.list({ ...about, created: { gte } as never })).data.length;
  expect([await since(now), await since(now + 1)]).toEqual([2, 0]);
  expect(await since(new Date(now * 1000 + 1).toISOString())).toBe(0);
});

test('A ping reaches its destination alone, and is no event of API v1', async () => {
  const destination = await thinTo(rig.hookUrl);
  const event = await stripe.v2.core.eventDestinations.ping(destination.id);
  const bodies = (await thinBodies()).map(({ body }) => JSON.parse(body) as object);

  expect(bodies).toMatchObject([{ id: event.id, type: 'v2.core.event_destination.ping' }]);
  expect(rig.received.length - hooks).toBe(1);
  const retrieved = await stripe.v2.core.events.retrieve(event.id);
  if (retrieved.type !== 'v2.core.event_destination.ping') throw new Error('Another type.');
  expect(await retrieved.fetchRelatedObject()).toMatchObject({ id: destination.id, name: 'App' });
  const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }): string => type);
  expect(types).not.toContain('v2.core.event_destination.ping');
});

test('EventBridge gets each event in its envelope, where a file stands in for the bus', async () => {
  const destination = await stripe.v2.core.eventDestinations.create({
    name: 'Bus',
    type: 'amazon_eventbridge',
    event_payload: 'snapshot',
    enabled_events: ['*'],
    amazon_eventbridge: { aws_account_id: '123456789012', aws_region: 'eu-central-1' },
  });
  const { id } = await stripe.customers.create({ name: 'Ann' });
  await rig.simulator.settled();

  const source = `aws.partner/stripe.com/${destination.id}`;
  const arn = `arn:aws:events:eu-central-1::event-source/${source}`;
  expect(destination.amazon_eventbridge).toEqual({
    aws_account_id: '123456789012',
    aws_event_source_arn: arn,
    aws_event_source_status: 'active',
  });
  const [line = ''] = readFileSync(join(folder, 'bus.jsonl'), 'utf8').split('\n');
  expect(JSON.parse(line)).toMatchObject({
    version: '0',
    id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
    'detail-type': 'customer.created',
    source,
    account: '123456789012',
    time: '2027-01-15T12:00:00Z',
    region: 'eu-central-1',
    resources: [arn],
  });
  const event = stripe.webhooks.constructEventWithoutVerification(line);
  expect(event).toMatchObject({ type: 'customer.created', data: { object: { id } } });
});

test('A destination is changed, disabled, enabled and deleted', async () => {
  const { id, ...created } = await thinTo(rig.hookUrl, { metadata: { a: '1', b: '2' }, description: 'All' });
  expect(created.webhook_endpoint?.signing_secret).toMatch(/^whsec_/);
  const { eventDestinations } = stripe.v2.core;
  expect((await eventDestinations.retrieve(id)).webhook_endpoint).toEqual({
    signing_secret: null,
    url: null,
  });
  const changed = await eventDestinations.update(id, {
    name: 'Other',
    metadata: { a: null, c: '3' },
    enabled_events: ['v1.invoice.paid'],
    webhook_endpoint: { url: `${rig.hookUrl}/2` },
    include: ['webhook_endpoint.url'],
  });
  expect(changed).toMatchObject({
    name: 'Other',
    description: 'All',
    metadata: { b: '2', c: '3' },
    webhook_endpoint: { url: `${rig.hookUrl}/2`, signing_secret: null },
  });
  expect(await eventDestinations.disable(id)).toMatchObject({
    status: 'disabled',
    status_details: { disabled: { reason: 'user' } },
  });
  await stripe.customers.create();
  expect(await thinBodies()).toEqual([]);
  expect(await eventDestinations.enable(id)).toMatchObject({ status: 'enabled', status_details: null });
  expect(await eventDestinations.del(id)).toEqual({ id, object: 'v2.core.event_destination' });
  await expect(eventDestinations.retrieve(id)).rejects.toMatchObject({ statusCode: 404, code: 'not_found' });
});

test.each<[string, Record<string, unknown>, string]>([
  ['an unknown field', { color: 'red' }, 'color: Unknown field.'],
  [
    'an unknown field of an object',
    { webhook_endpoint: { uri: 'x' } },
    'webhook_endpoint.uri: Unknown field.',
  ],
  ['no name', { name: undefined }, 'name: Missing required field.'],
  ['no events', { enabled_events: undefined }, 'enabled_events: Missing required field.'],
  ['every event', { enabled_events: ['*'] }, 'enabled_events[0]'],
  ['a type of a snapshot event', { enabled_events: ['customer.created'] }, 'enabled_events[0]'],
  ['a version', { snapshot_api_version: '2026-10-28.endive' }, 'snapshot_api_version'],
  ['no URL', { webhook_endpoint: undefined }, 'webhook_endpoint: Missing required field.'],
  ['a URL of another kind', { webhook_endpoint: { url: 'ftp://example.com' } }, 'webhook_endpoint.url'],
  ['a number', { name: 7 }, 'name: Expected a string'],
  ['an include that does not exist', { include: ['url'] }, "include[0]: Unrecognized enum value 'url'"],
  ['events of other accounts', { events_from: ['@accounts'] }, 'events_from[0]: Unrecognized enum value'],
])('A thin destination with %s is refused as API v2 refuses it', async (_case, fields, problem) => {
  const attempt = thinTo(rig.hookUrl, fields);

  await expect(attempt).rejects.toMatchObject({ statusCode: 400, code: 'invalid_fields' });
  await expect(attempt).rejects.toThrow(problem);
});

test.each([
  ['an account that is none', { aws_account_id: '12', aws_region: 'eu-central-1' }, 'aws_account_id'],
  ['a region that is none', { aws_account_id: '123456789012', aws_region: 'Frankfurt' }, 'aws_region'],
])('An EventBridge destination with %s is refused', async (_case, amazon_eventbridge, field) => {
  const attempt = stripe.v2.core.eventDestinations.create({
    name: 'Bus',
    type: 'amazon_eventbridge',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created'],
    amazon_eventbridge,
  });

  await expect(attempt).rejects.toThrow(`amazon_eventbridge.${field}`);
});

test('A repeated idempotency key replays a success, and executes a failed request again', async () => {
  const options = { idempotencyKey: 'once' };
  const { eventDestinations } = stripe.v2.core;
  const params = {
    name: 'App',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    webhook_endpoint: { url: rig.hookUrl },
  } as const;
  await expect(eventDestinations.create({ ...params, enabled_events: ['*'] }, options)).rejects.toThrow(
    'enabled_events',
  );
  const whole = { ...params, enabled_events: ['v1.customer.created'] };
  const { id } = await eventDestinations.create(whole, options);

  expect((await eventDestinations.create(whole, options)).id).toBe(id);
  await expect(eventDestinations.create({ ...whole, name: 'B' }, options)).rejects.toMatchObject({
    statusCode: 409,
    rawType: 'idempotency_error',
  });
  // The key belongs to the path.
  expect((await eventDestinations.disable(id, {}, options)).status).toBe('disabled');
  rig.clock.seconds += 31 * 24 * 3600;
  expect((await eventDestinations.create(whole, options)).id).not.toBe(id);
});

test('A request that has had its effect, and whose answer was lost, is replayed and not executed again', async () => {
  rig.simulator.addFault('api', { fault: 'error_after', match: 'POST /v2/*', count: 1 });
  const options = { idempotencyKey: 'lost' };
  const url = rig.hookUrl;
  const params: Params = {
    name: 'App',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created'],
    webhook_endpoint: { url },
  };
  await expect(stripe.v2.core.eventDestinations.create(params, options)).rejects.toMatchObject({
    statusCode: 500,
  });
  await stripe.v2.core.eventDestinations.create(params, options);

  expect((await stripe.v2.core.eventDestinations.list()).data).toHaveLength(1);
});

test.each([
  ['a form', 'application/x-www-form-urlencoded', 'name=App'],
  ['text that is no JSON', 'application/json', '{"name":'],
  ['a JSON list', 'application/json', '[]'],
])('A body with %s is refused', async (_case, type, body) => {
  const response = await fetch(`${rig.simulator.url}/v2/core/event_destinations`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TEST_KEY}`, 'Content-Type': type },
    body,
  });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_fields' } });
});
