/** Checkouts that this service did not open: those of pricing tables and payment links. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene, type TestUser } from '../../tests/regressions/scene.ts';
import { stripeEvent } from '../../tests/support/webhooks.ts';

let scene: Scene;
let victim: TestUser;
beforeAll(async () => {
  scene = await openScene();
  victim = await scene.createUser();
});
afterAll(() => scene.stage.close());

interface Bought {
  readonly customer: string;
  readonly subscription: string;
}

async function bought(metadata: Record<string, string> = {}): Promise<Bought> {
  const customer = await scene.createCustomer(metadata);
  return { customer, subscription: (await scene.subscribe(customer)).id };
}

const completed = (fields: object, type = 'checkout.session.completed') =>
  scene.send(
    stripeEvent(type, {
      id: 'cs_test_link',
      object: 'checkout.session',
      mode: 'subscription',
      metadata: {},
      ...fields,
    }),
  );
const reported = () => scene.stage.logs.filter(({ metric }) => metric === 'checkout_unassigned');

describe('A checkout with only a client_reference_id', () => {
  it.each(['checkout.session.completed', 'checkout.session.async_payment_succeeded'])(
    'is reported with its ids at %s, and gives the named user nothing, because any buyer can write it',
    async (type) => {
      const { customer, subscription } = await bought();
      const row = await scene.stage.entitlement(victim.sub);
      const before = reported().length;
      const fields = { customer, subscription, client_reference_id: victim.sub };
      expect((await completed(fields, type)).statusCode).toBe(200);
      expect(reported().slice(before)).toMatchObject([
        {
          level: 'error',
          customer_id: customer,
          subscription_id: subscription,
          session_id: 'cs_test_link',
          client_reference_id: victim.sub,
        },
      ]);
      expect(await scene.stage.entitlement(victim.sub)).toEqual(row);
    },
  );

  it('is reported without the text if it is no user id, because that may be an email address', async () => {
    const before = reported().length;
    await completed({ ...(await bought()), client_reference_id: 'ada@example.com' });
    expect(reported().slice(before)).toHaveLength(1);
    expect(reported().at(-1)).not.toHaveProperty('client_reference_id');
    expect(JSON.stringify(scene.stage.logs)).not.toContain('ada@example.com');
  });

  it('gives access once a person has written the user into the customer’s metadata', async () => {
    const user = await scene.createUser();
    const { customer, subscription } = await bought();
    await completed({ customer, subscription, client_reference_id: user.sub });
    expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: false });
    await scene.stage.stripe.customers.update(customer, { metadata: { cognito_sub: user.sub } });
    const { data } = await scene.stage.stripe.events.list({ type: 'customer.updated', limit: 1 });
    expect((await scene.send(data[0] ?? {})).statusCode).toBe(200);
    expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: true });
  });

  it.each([
    ['the customer belongs to a user', async () => ({ ...(await bought({ cognito_sub: victim.sub })) })],
    [
      'the session names a user itself',
      async () => ({ ...(await bought()), metadata: { cognito_sub: 'u' } }),
    ],
    ['nothing was subscribed', async () => ({ ...(await bought()), subscription: null, mode: 'payment' })],
    [
      'it is another stage’s',
      async () => ({ ...(await bought()), metadata: { made_by: 'predixa-checkout' } }),
    ],
    ['it names no one', async () => ({ ...(await bought()), client_reference_id: null })],
  ])('is not reported if %s', async (_, fields) => {
    const before = reported().length;
    expect((await completed({ client_reference_id: randomUUID(), ...(await fields()) })).statusCode).toBe(
      200,
    );
    expect(reported()).toHaveLength(before);
  });
});
