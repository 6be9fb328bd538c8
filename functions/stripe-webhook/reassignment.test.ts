/** A customer whose metadata name another user than before, and the other changes of a customer. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered } from '../../tests/support/webhooks.ts';

let stage: Stage;
let priceId: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const recurring = { interval: 'month' } as const;
  const price = { product: product.id, currency: 'usd', unit_amount: 990, recurring };
  ({ id: priceId } = await stage.stripe.prices.create(price));
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

async function addUser(): Promise<string> {
  const sub = randomUUID();
  await stage.putProfile({ userId: sub });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return sub;
}

async function addCustomer(metadata: Record<string, string>): Promise<string> {
  const { id } = await stage.stripe.customers.create({
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return id;
}

/** Delivers the newest event of the type, in the form in which Stripe sends it. */
async function deliverNewest(type: string): Promise<number> {
  const { data } = await stage.stripe.events.list({ type, limit: 1 });
  stage.calm();
  return (await stage.call('stripe-webhook', delivered(data[0] ?? {}))).statusCode;
}

const outbound = () => [...stage.wires.stripe.names(), ...stage.wires.dynamodb.names()];
const plansOf = async (...subs: readonly string[]) =>
  Promise.all(subs.map(async (sub) => (await stage.entitlement(sub))?.['plan'] ?? null));

describe('The event of a re-assigned customer', () => {
  it('moves what it pays for to the user that it names now, and back', async () => {
    const [ann, ben] = [await addUser(), await addUser()];
    const customer = await addCustomer({ cognito_sub: ann });
    await stage.stripe.subscriptions.create({ customer, items: [{ price: priceId }] });
    await deliverNewest('customer.subscription.created');
    expect(await plansOf(ann, ben)).toEqual([priceId, null]);
    for (const [owner, plans] of [
      [ben, [null, priceId]],
      [ann, [priceId, null]],
    ] as const) {
      await stage.stripe.customers.update(customer, { metadata: { cognito_sub: owner } });
      expect(await deliverNewest('customer.updated')).toBe(200);
      expect(await plansOf(ann, ben)).toEqual(plans);
      const metrics = stage.logs.map(({ metric }) => metric);
      expect(metrics.at(-1)).toBe('sync_written');
      expect(metrics).not.toContain('owner_contradiction');
    }
  });

  it('gives what a customer without a user pays for to the first user that it names', async () => {
    const ann = await addUser();
    const customer = await addCustomer({});
    await stage.stripe.subscriptions.create({ customer, items: [{ price: priceId }] });
    await stage.stripe.customers.update(customer, { metadata: { cognito_sub: ann } });
    expect(await deliverNewest('customer.updated')).toBe(200);
    expect(await plansOf(ann)).toEqual([priceId]);
  });
});

describe('Any other update of a customer', () => {
  it.each([
    ['the address', { address: { city: 'Oslo' } }],
    ['the contact', { email: 'ann@example.com', name: 'Ann' }],
    ['the description', { description: 'since 2019' }],
    ['other metadata', { metadata: { plan: 'gold' } }],
  ])('is answered without any call: %s', async (_, change) => {
    const customer = await addCustomer({ cognito_sub: await addUser() });
    await stage.stripe.customers.update(customer, change);
    expect(await deliverNewest('customer.updated')).toBe(200);
    expect(outbound()).toEqual([]);
    expect(stage.logs.at(-1)).toMatchObject({
      metric: 'webhook_owner_unchanged',
      event_type: 'customer.updated',
    });
  });
});
