/** Tests of webhook deliveries. */
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSubscription, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeEach(async () => {
  rig = await startRig({ webhookRetryDelaysMs: [0, 0] });
  stripe = rig.stripe;
});
afterEach(() => rig.close());

interface DeliveryLog {
  readonly data: readonly {
    state: string;
    attempts: readonly { status: number | null; error: string | null }[];
  }[];
}

async function deliveryLog(): Promise<DeliveryLog['data']> {
  return ((await rig.control('/deliveries')) as DeliveryLog).data;
}

test('A delivery is signed, indented JSON with Stripe’s headers', async () => {
  await stripe.customers.create({ name: 'Zoë' });
  const [event] = await rig.events();

  const [delivery] = rig.received;
  expect(event).toMatchObject({
    object: 'event',
    type: 'customer.created',
    api_version: '2026-10-28.endive',
    created: testStart,
    livemode: false,
    pending_webhooks: 1,
  });
  expect(delivery?.body).toContain('\n  "object": "event"');
  expect(delivery?.signature).toMatch(new RegExp(`^t=${testStart},v1=[0-9a-f]{64}$`));
  expect(delivery?.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  });
});

test('A failed delivery is retried with a new signature until `pending_webhooks` is 0', async () => {
  const statuses = [500, 302, 200];
  rig.receiver.answer = () => {
    rig.clock.seconds += 1;
    return statuses.shift() ?? 200;
  };
  await stripe.customers.create();
  await rig.simulator.settled();

  expect(rig.received.map(({ signature }) => signature.split(',')[0])).toEqual(
    [0, 1, 2].map((later) => `t=${testStart + later}`),
  );
  expect(new Set(rig.received.map(({ body }) => (JSON.parse(body) as Stripe.Event).id)).size).toBe(1);
  expect(await deliveryLog()).toMatchObject([
    { state: 'succeeded', attempts: [{ status: 500 }, { status: 302 }, { status: 200 }] },
  ]);
  const [event] = (await stripe.events.list()).data;
  expect(event?.pending_webhooks).toBe(0);
});

test('Retries are limited, and `delivery_success=false` lists the events that failed', async () => {
  rig.receiver.answer = () => 500;
  await stripe.customers.create();
  await rig.simulator.settled();
  rig.receiver.answer = () => 200;
  await stripe.products.create({ name: 'Pro' });
  await rig.simulator.settled();

  expect(await deliveryLog()).toMatchObject([{ state: 'succeeded' }, { state: 'failed' }]);
  const types = async (delivered: boolean) =>
    (await stripe.events.list({ delivery_success: delivered })).data.map(({ type }) => type);
  expect(await types(false)).toEqual(['customer.created']);
  expect(await types(true)).toEqual(['product.created']);
});

test('An undelivered event can be sent again on request', async () => {
  rig.receiver.answer = () => 500;
  await stripe.customers.create();
  await rig.simulator.settled();
  rig.receiver.answer = () => 200;
  const [event] = (await stripe.events.list()).data;
  const endpoint = (await stripe.webhookEndpoints.list()).data[0];

  await stripe.rawRequest('POST', `/v1/events/${event?.id}/retry`, { webhook_endpoint: endpoint?.id });
  await rig.simulator.settled();

  expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
});

test('Waiting retries can be flushed', async () => {
  const slowRetry = await startRig({ webhookRetryDelaysMs: [3_600_000] });
  try {
    const failed = new Promise<void>((resolve) => {
      slowRetry.receiver.answer = () => {
        resolve();
        return 500;
      };
    });
    await slowRetry.stripe.customers.create();
    await failed;
    await expect
      .poll(async () => (await slowRetry.control('')) as object)
      .toMatchObject({ pending_deliveries: 1 });
    await expect
      .poll(() => slowRetry.control('/deliveries'))
      .toMatchObject({ data: [{ attempts: [{ status: 500 }] }] });
    slowRetry.receiver.answer = () => 200;

    expect(await slowRetry.control('/deliveries/flush', {})).toEqual({ attempted: 1 });

    await slowRetry.simulator.settled();
    expect(slowRetry.received).toHaveLength(2);
  } finally {
    await slowRetry.close();
  }
});

test('A delivery fails when its endpoint does not respond in time', async () => {
  const withTimeout = await startRig({ webhookTimeoutMs: 20 });
  try {
    withTimeout.receiver.answer = () => new Promise<number>(() => undefined);
    await withTimeout.stripe.customers.create();
    await withTimeout.simulator.settled();

    expect(await withTimeout.control('/deliveries')).toMatchObject({
      data: [
        {
          state: 'failed',
          attempts: [{ status: null, error: 'The endpoint did not respond within 20 ms.' }],
        },
      ],
    });
  } finally {
    await withTimeout.close();
  }
});

test('An endpoint receives only its enabled events, in its own version', async () => {
  const created = await stripe.webhookEndpoints.create({
    url: `${rig.hookUrl}/old`,
    enabled_events: ['customer.subscription.updated'],
    api_version: '2025-02-24.acacia',
  });
  const secret = String(created.secret);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9]{32}$/);
  expect(await stripe.webhookEndpoints.retrieve(created.id)).not.toHaveProperty('secret');

  await createSubscription(stripe);
  await rig.simulator.settled();

  const seconds = rig.clock.seconds * 1000;
  const delivered = rig.received.filter(({ body }) => body.includes('"api_version": "2025-02-24.acacia"'));
  expect(delivered).toHaveLength(1);
  const [{ body, signature } = { body: '', signature: '' }] = delivered;
  const event = stripe.webhooks.constructEvent(body, signature, secret, 0, undefined, seconds);
  expect(event.type).toBe('customer.subscription.updated');
  expect(event.data.object).toHaveProperty('current_period_end');
});

test('A disabled or deleted endpoint receives no events', async () => {
  const [endpoint] = (await stripe.webhookEndpoints.list()).data;
  const id = String(endpoint?.id);
  await stripe.webhookEndpoints.update(id, { disabled: true });
  await stripe.customers.create();
  await stripe.webhookEndpoints.update(id, { disabled: false });
  await stripe.webhookEndpoints.del(id);
  await stripe.customers.create();
  await rig.simulator.settled();

  expect(rig.received).toEqual([]);
  await expect(stripe.webhookEndpoints.retrieve(id)).rejects.toMatchObject({ code: 'resource_missing' });
});

test('Registering a URL again keeps one endpoint and its secret', async () => {
  const again = rig.simulator.registerWebhook({ url: rig.hookUrl });

  expect(again.secret).toBe(rig.secret);
  expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
  const chosen = rig.simulator.registerWebhook({ url: rig.hookUrl, secret: 'whsec_chosen' });
  expect(chosen).toEqual({ id: again.id, secret: 'whsec_chosen' });
});

test('Both secrets verify deliveries for a day after rolling, then only the new one', async () => {
  const [endpoint] = (await stripe.webhookEndpoints.list()).data;
  const rolled = (await rig.control(`/webhook_endpoints/${endpoint?.id}/roll_secret`, {})) as {
    secret: string;
  };
  const verify = ({ body, signature }: { body: string; signature: string }, secret: string) =>
    stripe.webhooks.constructEvent(body, signature, secret, 0).type;

  await stripe.customers.create();
  await rig.simulator.settled();
  rig.clock.seconds += 24 * 3600;
  await stripe.customers.create();
  await rig.simulator.settled();

  const [during, after] = rig.received;
  if (during === undefined || after === undefined) throw new Error('Expected two deliveries.');
  expect(verify(during, rig.secret)).toBe('customer.created');
  expect(verify(during, rolled.secret)).toBe('customer.created');
  expect(verify(after, rolled.secret)).toBe('customer.created');
  expect(() => verify(after, rig.secret)).toThrow('signature');
});

test('A reset drops deliveries in flight', async () => {
  rig.receiver.answer = () => new Promise<number>(() => undefined);
  await stripe.customers.create();

  rig.simulator.reset();

  await rig.simulator.settled();
  expect(await deliveryLog()).toEqual([]);
});

test('Events can be listed by type, by several types and by a wildcard', async () => {
  await createSubscription(stripe);
  const types = async (params: Stripe.EventListParams) =>
    (await stripe.events.list({ limit: 100, ...params })).data.map(({ type }) => type);

  expect(await types({ type: 'customer.created' })).toEqual(['customer.created']);
  expect(await types({ types: ['customer.created', 'price.created'] })).toEqual([
    'price.created',
    'customer.created',
  ]);
  expect((await types({ type: 'invoice.*' })).every((type) => type.startsWith('invoice.'))).toBe(true);
  expect(await types({ created: { gt: testStart } })).toEqual([]);
});
