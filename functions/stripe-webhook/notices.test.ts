import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { monthlyPrice, type Payer, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage();
  price = await monthlyPrice(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

type Subscriber = Payer & { readonly sub: string };

async function subscriber(): Promise<Subscriber> {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  await deliver(payer, 'customer.subscription.created');
  return { sub, ...payer };
}

async function deliver({ customerId }: Payer, type: string, data: object = {}): Promise<number> {
  stage.calm();
  const object = type === 'customer.updated' ? { id: customerId } : { customer: customerId };
  const event = stripeEvent(type, object, { data: { object, ...data } });
  const { statusCode } = await stage.call('stripe-webhook', delivered(event));
  return statusCode;
}

async function notices({ sub }: Subscriber): Promise<readonly string[]> {
  const event = apiEvent('http', { method: 'GET', path: '/me/entitlements', claims: { sub } });
  const { body } = await stage.call('entitlements-api', event);
  return (body['billing_notices'] as { kind: string }[]).map(({ kind }) => kind);
}

const stripeCalls = () => stage.wires.stripe.names();

/** Makes a card that expires this month the one that pays the next period. */
async function payWithExpiringCard({ customerId, subscriptionId }: Payer): Promise<string> {
  const today = new Date();
  const card = {
    number: '4242424242424242',
    exp_month: today.getUTCMonth() + 1,
    exp_year: today.getUTCFullYear(),
  };
  const { id } = await stage.stripe.paymentMethods.create({ type: 'card', card });
  await stage.stripe.paymentMethods.attach(id, { customer: customerId });
  await stage.stripe.subscriptions.update(subscriptionId, { default_payment_method: id });
  return id;
}

describe('A card that expires before the next charge', () => {
  it('appears once Stripe announces the charge, and costs one more call for that event alone', async () => {
    const payer = await subscriber();
    await payWithExpiringCard(payer);
    expect(await deliver(payer, 'customer.subscription.updated')).toBe(200);
    expect(stripeCalls()).toEqual(['GET /v1/subscriptions']);
    expect(await notices(payer)).toEqual([]);
    expect(await deliver(payer, 'invoice.upcoming')).toBe(200);
    expect(stripeCalls()).toHaveLength(2);
    expect(await notices(payer)).toEqual(['card_expires']);
    await deliver(payer, 'customer.subscription.updated');
    expect(stripeCalls()).toEqual(['GET /v1/subscriptions']);
    expect(await notices(payer)).toEqual(['card_expires']);
  });

  it('is no longer shown once another card pays, whichever event reports that', async () => {
    for (const type of ['customer.subscription.updated', 'customer.updated']) {
      const payer = await subscriber();
      await payWithExpiringCard(payer);
      await deliver(payer, 'invoice.upcoming');
      expect(await notices(payer)).toEqual(['card_expires']);
      const other = await stage.stripe.paymentMethods.attach('pm_card_mastercard', {
        customer: payer.customerId,
      });
      const params = { default_payment_method: other.id };
      await stage.stripe.subscriptions.update(payer.subscriptionId, params);
      const previous_attributes = { invoice_settings: { default_payment_method: null } };
      await deliver(payer, type, type === 'customer.updated' ? { previous_attributes } : {});
      expect(stripeCalls()).toEqual(['GET /v1/subscriptions']);
      expect(await notices(payer)).toEqual([]);
      expect(await stage.entitlement(payer.sub)).not.toHaveProperty('billing_facts');
    }
  });

  it.each(['payment_method.updated', 'payment_method.automatically_updated'])(
    'is no longer shown once %s reports its new month',
    async (type) => {
      const payer = await subscriber();
      const card = await payWithExpiringCard(payer);
      await deliver(payer, 'invoice.upcoming');
      await stage.stripe.paymentMethods.update(card, { card: { exp_year: 2090, exp_month: 1 } });
      await deliver(payer, type);
      expect(await notices(payer)).toEqual([]);
    },
  );

  it('is no longer shown once the user asks for a sync', async () => {
    const payer = await subscriber();
    const card = await payWithExpiringCard(payer);
    await deliver(payer, 'invoice.upcoming');
    await stage.stripe.paymentMethods.update(card, { card: { exp_year: 2090, exp_month: 1 } });
    const claims = { sub: payer.sub, 'cognito:username': payer.sub };
    const path = '/me/entitlements/sync';
    await stage.call('checkout', apiEvent('http', { method: 'POST', path, claims }));
    expect(await notices(payer)).toEqual([]);
  });

  it('that the key may not read holds up nothing', async () => {
    const payer = await subscriber();
    await payWithExpiringCard(payer);
    stage.calm();
    stage.wires.stripe.fail(({ name }) => (name.includes('payment_methods') ? 'forbidden' : undefined));
    const event = stripeEvent('invoice.upcoming', { customer: payer.customerId });
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    expect(await notices(payer)).toEqual([]);
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'notices_unavailable' }));
  });

  it('that Stripe does not answer is read when the event comes again, and the row is written before', async () => {
    const payer = await subscriber();
    await payWithExpiringCard(payer);
    const before = await stage.entitlement(payer.sub);
    stage.calm();
    stage.wires.stripe.fail(({ name }) => (name.includes('payment_methods') ? 'server_error' : undefined));
    const event = stripeEvent('invoice.upcoming', { customer: payer.customerId });
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(503);
    expect((await stage.entitlement(payer.sub))?.['version']).toBe(Number(before?.['version']) + 1);
    stage.calm();
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    expect(await notices(payer)).toEqual(['card_expires']);
  });
});

describe('A renewal whose payment the user must confirm', () => {
  async function mustConfirm(): Promise<Subscriber> {
    const payer = await subscriber();
    const { customerId: customer, subscriptionId } = payer;
    const method = await stage.stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer });
    await stage.stripe.subscriptions.update(subscriptionId, { default_payment_method: method.id });
    const url = `${stage.stripeUrl}/_simulator/subscriptions/${subscriptionId}/renew`;
    await fetch(url, { method: 'POST', body: '{}' });
    return payer;
  }

  it('is shown as one, and as failed before and without the event about it', async () => {
    const payer = await mustConfirm();
    await deliver(payer, 'customer.subscription.updated');
    expect(await notices(payer)).toEqual(['payment_failed']);
    await deliver(payer, 'invoice.payment_action_required');
    expect(await notices(payer)).toEqual(['payment_action_required']);
    await deliver(payer, 'invoice.payment_failed');
    expect(await notices(payer)).toEqual(['payment_action_required']);
  });

  it('is no longer shown once it is paid', async () => {
    const payer = await mustConfirm();
    await deliver(payer, 'invoice.payment_action_required');
    const { latest_invoice } = await stage.stripe.subscriptions.retrieve(payer.subscriptionId);
    await stage.stripe.invoices.pay(latest_invoice as string, { paid_out_of_band: true });
    await deliver(payer, 'invoice.paid');
    expect(await notices(payer)).toEqual([]);
    expect(await stage.entitlement(payer.sub)).not.toHaveProperty('billing_facts');
  });
});

describe('What other code wrote as facts about payments', () => {
  it.each([
    'text',
    [{ kind: 'card' }],
    [{ kind: 'gift', subscription_id: 'sub_1', of: 'x' }, 5, null],
    { kind: 'card' },
  ])('is nothing if it cannot be read: %j', async (billing_facts) => {
    const payer = await subscriber();
    const row = await stage.entitlement(payer.sub);
    await stage.putEntitlement({ ...row, cognito_sub: payer.sub, billing_facts });
    expect(await notices(payer)).toEqual([]);
  });
});
