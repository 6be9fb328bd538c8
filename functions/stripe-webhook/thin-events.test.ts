/** Thin events, which carry a reference instead of an object: what they are about is fetched. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene, type TestUser } from '../../tests/regressions/scene.ts';
import { everyOf } from '../../tests/support/wire.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

let number = 0;
function thinEvent(type: string, overrides: object = {}): object {
  number += 1;
  return {
    id: `evt_test_thin${number}`,
    object: 'v2.core.event',
    type,
    created: new Date().toISOString(),
    livemode: false,
    context: null,
    reason: null,
    ...overrides,
  };
}

function about(type: string, path: string): object {
  return { related_object: { id: path.split('/').at(-1), type, url: `/v1/${path}` } };
}

interface Payer extends TestUser {
  readonly subscriptionId: string;
  readonly invoiceId: string;
}

/** A subscriber whose row does not show it yet. */
async function payer(): Promise<Payer> {
  const user = await scene.createUser();
  const { id, latest_invoice } = await scene.subscribe(user.customerId);
  scene.stage.calm();
  return { ...user, subscriptionId: id, invoiceId: typeof latest_invoice === 'string' ? latest_invoice : '' };
}

const statusOf = async ({ sub }: TestUser) => (await scene.stage.entitlement(sub))?.['status'];
const calls = () => scene.stage.wires.stripe.names();

describe('A thin event', () => {
  it.each([
    ['v1.customer.subscription.created', 'subscription'],
    ['v1.customer.subscription.updated', 'subscription'],
    ['v1.customer.subscription.item_added', 'subscription'],
    ['v1.invoice.paid', 'invoice'],
  ])('%s syncs the customer of the object that it names', async (type, object) => {
    const user = await payer();
    const path = object === 'invoice' ? `invoices/${user.invoiceId}` : `subscriptions/${user.subscriptionId}`;
    expect(await scene.send(thinEvent(type, about(object, path)))).toMatchObject({ statusCode: 200 });
    expect(await statusOf(user)).toBe('active');
    // One call more than for an event with its object.
    expect(calls().filter((name) => name === `GET /v1/${path}`)).toHaveLength(1);
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'sync_written', event_type: type.slice(3) });
  });

  it('with the id of its recorded event is read as that event, which also says what changed', async () => {
    const [ann, ben] = [await payer(), await scene.createUser()];
    await scene.notify(ann.customerId);
    await scene.stage.stripe.customers.update(ann.customerId, { metadata: { cognito_sub: ben.sub } });
    const { data } = await scene.stage.stripe.events.list({ type: 'customer.updated', limit: 1 });
    const object = about('customer', `customers/${ann.customerId}`);
    const event = thinEvent('v1.customer.updated', { snapshot_event: data[0]?.id, ...object });
    expect((await scene.send(event)).statusCode).toBe(200);
    expect([await statusOf(ann), await statusOf(ben)]).toEqual(['none', 'active']);
  });

  it.each(['forbidden', 'missing'] as const)(
    'is read from its object if the recorded event is %s',
    async (problem) => {
      const user = await payer();
      const id = 'evt_gone';
      if (problem === 'forbidden')
        scene.stage.wires.stripe.fail(everyOf(`GET /v1/events/${id}`, 'forbidden'));
      const object = about('subscription', `subscriptions/${user.subscriptionId}`);
      const event = thinEvent('v1.customer.subscription.updated', { snapshot_event: id, ...object });
      expect((await scene.send(event)).statusCode).toBe(200);
      expect(await statusOf(user)).toBe('active');
    },
  );

  it('of a customer that names its user only now gives the user what the customer pays for', async () => {
    const user = await scene.createUser();
    const customerId = await scene.createCustomer({});
    await scene.subscribe(customerId);
    await scene.stage.stripe.customers.update(customerId, { metadata: { cognito_sub: user.sub } });
    const event = thinEvent('v1.customer.updated', about('customer', `customers/${customerId}`));
    expect((await scene.send(event)).statusCode).toBe(200);
    expect(await statusOf(user)).toBe('active');
  });

  it('of a deleted customer ends the access, by the user that its subscriptions name', async () => {
    const user = await scene.createUser();
    await scene.subscribe(user.customerId, { metadata: { cognito_sub: user.sub } });
    await scene.notify(user.customerId);
    expect(await statusOf(user)).toBe('active');
    await scene.stage.stripe.customers.del(user.customerId);
    const event = thinEvent('v1.customer.deleted', about('customer', `customers/${user.customerId}`));
    expect((await scene.send(event)).statusCode).toBe(200);
    expect(await statusOf(user)).not.toBe('active');
  });

  it('is answered 503 while its object cannot be read, and the redelivery syncs the row', async () => {
    const user = await payer();
    const path = `subscriptions/${user.subscriptionId}`;
    const event = thinEvent('v1.customer.subscription.updated', about('subscription', path));
    scene.stage.wires.stripe.fail(everyOf(`GET /v1/${path}`, 'server_error'));
    expect((await scene.send(event)).statusCode).toBe(503);
    scene.stage.calm();
    expect((await scene.send(event)).statusCode).toBe(200);
    expect(await statusOf(user)).toBe('active');
  });

  it('is answered 503 if this account has no such object, because the key or the secret is of another', async () => {
    const object = about('subscription', 'subscriptions/sub_elsewhere');
    const answer = await scene.send(thinEvent('v1.customer.subscription.updated', object));
    expect(answer.statusCode).toBe(503);
    const cause = { reason: 'related_object_not_in_account' };
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'request_refused', cause });
  });

  it.each([
    ['names no object', {}],
    ['names null', { related_object: null }],
    ['has no address', { related_object: { id: 'sub_1', type: 'subscription' } }],
    [
      'has an address of another server',
      { related_object: { url: 'https://evil.example/v1/subscriptions' } },
    ],
    ['has an address outside of the API', { related_object: { url: '/v1/../v2/accounts' } }],
    ['has an address of another version', { related_object: { url: '/v2/core/accounts/acct_1' } }],
  ])('is answered 400 without a call if it is handled and %s', async (_, fields) => {
    const answer = await scene.send(thinEvent('v1.customer.subscription.updated', fields));
    expect(answer).toMatchObject({ statusCode: 400, body: { code: 'malformed_request' } });
    expect(calls()).toEqual([]);
  });

  it('of an organization’s destination is processed if this account has its object, and counted if it has not', async () => {
    const user = await payer();
    const own = about('subscription', `subscriptions/${user.subscriptionId}`);
    const event = thinEvent('v1.customer.subscription.updated', { context: 'acct_1', ...own });
    expect((await scene.send(event)).statusCode).toBe(200);
    expect(await statusOf(user)).toBe('active');
    const other = about('subscription', 'subscriptions/sub_of_another_account');
    for (const context of ['acct_2', 'acct_1/acct_2']) {
      const foreign = thinEvent('v1.customer.subscription.updated', { context, ...other });
      expect((await scene.send(foreign)).statusCode).toBe(200);
      expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'webhook_connected_account' });
    }
  });

  it.each([
    ['v2.core.event_destination.ping', {}, 'webhook_ping'],
    ['v1.billing.meter.no_meter_found', {}, 'webhook_unhandled_type'],
    ['v2.core.account.closed', {}, 'webhook_unhandled_type'],
    ['customer.subscription.updated', {}, 'webhook_unhandled_type'],
    ['v1.invoice.paid', { livemode: true }, 'webhook_other_mode'],
  ])('%s is none of our business with %j, and is counted without a call', async (type, fields, metric) => {
    const event = thinEvent(type, { ...about('invoice', 'invoices/in_1'), ...fields });
    expect((await scene.send(event)).statusCode).toBe(200);
    expect(calls()).toEqual([]);
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric, event_type: type });
  });
});
