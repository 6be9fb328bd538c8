import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { idOf } from '../../tests/support/buyers.ts';
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

async function subscriber(): Promise<Payer & { readonly sub: string; readonly chargeId: string }> {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  await deliver('customer.subscription.created', { id: payer.subscriptionId, customer: payer.customerId });
  const { data } = await stage.stripe.charges.list({ customer: payer.customerId });
  return { ...payer, sub, chargeId: data[0]?.id ?? '' };
}

async function deliver(type: string, object: object): Promise<void> {
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent(type, object)));
  expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
}

async function access(sub: string) {
  const { body } = await stage.call('entitlements-api', httpEvent({ claims: { sub } }));
  const { access_granted: granted, access_reason: reason, status } = body;
  return { granted, reason, status };
}

async function control(route: string, body: object = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${stage.stripeUrl}/_simulator/${route}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json() as Promise<Record<string, unknown>>;
}

describe('A reversal', () => {
  it('failure mode 52: ends access when the period is refunded in full, although Stripe says active', async () => {
    const { sub, customerId, chargeId } = await subscriber();
    expect(await access(sub)).toEqual({ granted: true, reason: 'active_subscription', status: 'active' });
    await stage.stripe.refunds.create({ charge: chargeId });
    await deliver('charge.refunded', { id: chargeId, customer: customerId });
    expect(await access(sub)).toEqual({ granted: false, reason: 'lapsed', status: 'active' });
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'refunded' });
  });

  it('failure mode 52: does not exist for a partial refund, which changes nothing', async () => {
    const { sub, customerId, chargeId } = await subscriber();
    await stage.stripe.refunds.create({ charge: chargeId, amount: 100 });
    await deliver('charge.refunded', { id: chargeId, customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: true });
    expect(await stage.entitlement(sub)).not.toHaveProperty('reversal');
  });

  it('remains through unrelated events and ends with the next period', async () => {
    const { sub, customerId, subscriptionId, chargeId } = await subscriber();
    await stage.stripe.refunds.create({ charge: chargeId });
    await deliver('charge.refunded', { id: chargeId, customer: customerId });
    await deliver('customer.subscription.updated', { id: subscriptionId, customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: false });
    await control(`subscriptions/${subscriptionId}/renew`);
    await deliver('invoice.paid', { id: 'in_next', customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: true });
    expect(await stage.entitlement(sub)).not.toHaveProperty('reversal');
  });

  it('is read even if a later sync has updated the row', async () => {
    const { sub, customerId, chargeId } = await subscriber();
    await stage.stripe.refunds.create({ charge: chargeId });
    const old = { created: Math.floor(Date.now() / 1000) - 600 };
    const event = stripeEvent('charge.refunded', { id: chargeId, customer: customerId }, old);
    await stage.call('stripe-webhook', delivered(event));
    expect(await access(sub)).toMatchObject({ granted: false });
  });

  it('failure mode 52: ends access for a lost dispute, but not for an open one', async () => {
    const { sub, chargeId } = await subscriber();
    const { id } = await control(`charges/${chargeId}/dispute`);
    const dispute = { id, object: 'dispute', charge: chargeId };
    await deliver('charge.dispute.created', dispute);
    expect(await access(sub)).toMatchObject({ granted: true });
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'dispute_open' });
    await control(`disputes/${String(id)}/settle`, { status: 'lost' });
    await deliver('charge.dispute.closed', dispute);
    expect(await access(sub)).toEqual({ granted: false, reason: 'lapsed', status: 'active' });
  });

  it('writes nothing for a dispute of a charge without a customer, or that does not exist', async () => {
    const before = await stage.itemCount();
    await deliver('charge.dispute.created', { id: 'dp_1', charge: 'ch_unknown' });
    await deliver('charge.dispute.created', { id: 'dp_1', charge: null });
    expect(await stage.itemCount()).toBe(before);
  });

  it('takes effect with the redelivery if Stripe does not answer the first time', async () => {
    const { sub, customerId, chargeId } = await subscriber();
    await stage.stripe.refunds.create({ charge: chargeId });
    stage.wires.stripe.fail((call) =>
      call.name.startsWith('GET /v1/invoices') ? 'server_error' : undefined,
    );
    const event = delivered(stripeEvent('charge.refunded', { id: chargeId, customer: customerId }));
    expect((await stage.call('stripe-webhook', event)).statusCode).toBe(503);
    stage.calm();
    expect((await stage.call('stripe-webhook', event)).statusCode).toBe(200);
    expect(await access(sub)).toMatchObject({ granted: false });
  });

  it('is removed when the dispute is won', async () => {
    const { sub, chargeId } = await subscriber();
    const { id } = await control(`charges/${chargeId}/dispute`);
    const dispute = { id, object: 'dispute', charge: chargeId };
    await deliver('charge.dispute.created', dispute);
    await control(`disputes/${String(id)}/settle`, { status: 'won' });
    await deliver('charge.dispute.closed', dispute);
    expect(await access(sub)).toMatchObject({ granted: true });
    expect(await stage.entitlement(sub)).not.toHaveProperty('reversal');
  });

  it('is full when several refunds add up to the whole payment', async () => {
    const { sub, customerId, chargeId } = await subscriber();
    for (const amount of [100, 890]) {
      await stage.stripe.refunds.create({ charge: chargeId, amount });
      await deliver('charge.refunded', { id: chargeId, customer: customerId });
    }
    expect(await access(sub)).toEqual({ granted: false, reason: 'lapsed', status: 'active' });
  });
});

describe('A refund', () => {
  async function refundAll(customer: string): Promise<void> {
    const { data } = await stage.stripe.charges.list({ customer });
    for (const { id, refunded } of data) if (!refunded) await stage.stripe.refunds.create({ charge: id });
    await deliver('charge.refunded', { id: data[0]?.id, customer });
  }

  it('never ends access if it is for the previous period, even if the current one was free', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const { data } = await stage.stripe.subscriptionItems.list({ subscription: subscriptionId });
    const free = await stage.stripe.prices.create({ ...(await termsOf(price)), unit_amount: 0 });
    const items = [{ id: data[0]?.id ?? '', price: free.id }];
    await stage.stripe.subscriptions.update(subscriptionId, { items, proration_behavior: 'none' });
    await control(`subscriptions/${subscriptionId}/renew`);
    await refundAll(customerId);
    expect(await access(sub)).toMatchObject({ granted: true });
    expect(await stage.entitlement(sub)).not.toHaveProperty('reversal');
  });

  it('ends access if it is for a change from monthly to yearly, which began the current period', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const { data } = await stage.stripe.subscriptionItems.list({ subscription: subscriptionId });
    const terms = { ...(await termsOf(price)), unit_amount: 9900 };
    const yearly = await stage.stripe.prices.create({ ...terms, recurring: { interval: 'year' } });
    const items = [{ id: data[0]?.id ?? '', price: yearly.id }];
    await stage.stripe.subscriptions.update(subscriptionId, { items });
    await deliver('customer.subscription.updated', { id: subscriptionId, customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: true });
    const charges = await stage.stripe.charges.list({ customer: customerId });
    const newest = charges.data.find(({ amount }) => amount > 990);
    await stage.stripe.refunds.create({ charge: newest?.id ?? '' });
    await deliver('charge.refunded', { id: newest?.id, customer: customerId });
    expect(await access(sub)).toEqual({ granted: false, reason: 'lapsed', status: 'active' });
  });

  it('ends access if it is for the period that began when a trial was ended early', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const { id } = await stage.stripe.subscriptions.create({
      customer: customerId,
      items: [{ price }],
      trial_period_days: 7,
      default_payment_method: await cardOf(customerId),
    });
    await stage.stripe.subscriptions.update(id, { trial_end: 'now' });
    await deliver('customer.subscription.updated', { id, customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: true });
    await refundAll(customerId);
    expect(await access(sub)).toMatchObject({ granted: false });
  });

  it('never ends access if it is for a change within the period', async () => {
    const { sub, customerId, subscriptionId, chargeId } = await subscriber();
    const { data } = await stage.stripe.subscriptionItems.list({ subscription: subscriptionId });
    const pricier = await stage.stripe.prices.create({ ...(await termsOf(price)), unit_amount: 4990 });
    await stage.stripe.subscriptions.update(subscriptionId, {
      items: [{ id: data[0]?.id ?? '', price: pricier.id }],
      proration_behavior: 'always_invoice',
    });
    const charges = await stage.stripe.charges.list({ customer: customerId });
    const difference = charges.data.find(({ id }) => id !== chargeId);
    await stage.stripe.refunds.create({ charge: difference?.id ?? '' });
    await deliver('charge.refunded', { id: difference?.id, customer: customerId });
    expect(await access(sub)).toMatchObject({ granted: true });
  });

  async function termsOf(id: string) {
    const { product, currency, recurring } = await stage.stripe.prices.retrieve(id);
    const interval = recurring?.interval ?? 'month';
    return { product: idOf(product), currency, recurring: { interval } };
  }

  async function cardOf(customer: string): Promise<string> {
    const { data } = await stage.stripe.paymentMethods.list({ customer });
    return data[0]?.id ?? '';
  }
});

describe('A refund of the previous period while the new one is being billed', () => {
  let shared: Stage;
  let sharedPrice: string;
  // The simulator has one clock, so a test that advances it needs its own stage.
  beforeAll(async () => {
    [shared, sharedPrice] = [stage, price];
    stage = await createStage();
    price = await monthlyPrice(stage);
  });
  afterAll(async () => {
    await stage.close();
    [stage, price] = [shared, sharedPrice];
  });

  it('never ends the access of the new period', async () => {
    const { sub, customerId, periodEnd, chargeId, subscriptionId } = await subscriber();
    await control('clock/advance', { to: periodEnd + 60 });
    const { data } = await stage.stripe.invoices.list({ subscription: subscriptionId, status: 'draft' });
    expect(data).toHaveLength(1);
    await stage.stripe.refunds.create({ charge: chargeId });
    await deliver('charge.refunded', { id: chargeId, customer: customerId });
    await control('clock/advance', { seconds: 7_200 });
    await deliver('invoice.paid', { id: data[0]?.id, customer: customerId });
    expect(await access(sub)).toEqual({ granted: true, reason: 'active_subscription', status: 'active' });
  });
});
