/** What is bought once: what a sync reads of it, what that costs, and what refunds and disputes mean for it. */
import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { idOf, pay } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const DAY = 86_400;
let stage: Stage;
let price: Stripe.Price;
let inEuro: Stripe.Price;
let monthly: Stripe.Price;

beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const terms = { product: product.id, currency: 'usd', unit_amount: 9_900 };
  price = await stage.stripe.prices.create(terms);
  inEuro = await stage.stripe.prices.create({ ...terms, currency: 'eur' });
  monthly = await stage.stripe.prices.create({ ...terms, recurring: { interval: 'month' } });
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

interface Buyer {
  readonly sub: string;
  readonly customer: string;
}

async function buyer(): Promise<Buyer> {
  const sub = randomUUID();
  const { id } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub, cognito_user_pool: stage.poolId, predixa_sold_once: 'true' },
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: id });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', stripe_customer_ids: [id] });
  return { sub, customer: id };
}

interface Offer {
  readonly terms?: Readonly<Record<string, string>>;
  readonly madeBy?: string;
  /** Offers a debit instead of cards. */
  readonly byDebit?: boolean;
}

/** Opens a session as the checkout does. */
function offer(
  { sub, customer }: Buyer,
  { terms, madeBy = 'predixa-checkout', byDebit = false }: Offer = {},
) {
  const stamp = { cognito_sub: sub, cognito_user_pool: stage.poolId, made_by: madeBy };
  return stage.stripe.checkout.sessions.create({
    mode: 'payment',
    customer,
    line_items: [{ price: byDebit ? inEuro.id : price.id, quantity: 1 }],
    ...(byDebit ? { allowed_payment_method_types: ['sepa_debit'] } : {}),
    metadata: {
      ...stamp,
      sold_price: price.id,
      sold_product: idOf(price.product),
      sold_quantity: '1',
      ...(terms ?? { predixa_access: 'lifetime' }),
    },
    payment_intent_data: { metadata: stamp },
    success_url: 'https://app.example.com/welcome',
  });
}

async function buy(who: Buyer, options: Offer = {}): Promise<Stripe.Checkout.Session> {
  const { id, url } = await offer(who, options);
  expect(options.byDebit === true ? await payByDebit(url) : await pay(url)).toBe(303);
  return stage.stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent.latest_charge'] });
}

async function payByDebit(url: string | null, iban = 'AT611904300234573201'): Promise<number> {
  const body = new URLSearchParams({ iban, name: 'Ann', email: 'ann@example.com' });
  return (await fetch(String(url), { method: 'POST', body, redirect: 'manual' })).status;
}

function chargeOf({ payment_intent: intent }: Stripe.Checkout.Session): Stripe.Charge {
  return (intent as Stripe.PaymentIntent).latest_charge as Stripe.Charge;
}

async function deliver(
  type: string,
  object: object,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent(type, object, overrides)));
  expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
}

const completed = 'checkout.session.completed';

async function answer({ sub }: Buyer) {
  return (await stage.call('entitlements-api', httpEvent({ claims: { sub } }))).body;
}

async function control(route: string, body: object = {}): Promise<Record<string, unknown>> {
  const { status, json } = await fetch(`${stage.stripeUrl}/_simulator/${route}`, {
    method: 'POST',
    body: JSON.stringify(body),
  }).then(async (response) => ({ status: response.status, json: await response.json() }));
  expect(status).toBe(200);
  return json as Record<string, unknown>;
}

const stripeCalls = () => stage.wires.stripe.calls.map(({ name }) => name);

describe('A lifetime that is bought once', () => {
  it('gives access for ever, as the event of its session says, and the answer has every field', async () => {
    const who = await buyer();
    await deliver(completed, await buy(who));
    expect(await answer(who)).toMatchObject({
      status: 'active',
      access_granted: true,
      access_reason: 'active_subscription',
      plan: price.id,
      quantity: 1,
      add_ons: [],
      current_period_end: null,
      cancel_at: null,
      cancel_at_period_end: false,
      trial_active: false,
      source: 'stripe',
      manage_url: null,
    });
  });

  it('takes two calls to Stripe for its own event, and none for an everyday event', async () => {
    const who = await buyer();
    const session = await buy(who);
    stage.calm();
    await deliver(completed, session);
    expect(stripeCalls()).toEqual(['GET /v1/subscriptions', 'GET /v1/checkout/sessions']);
    stage.calm();
    const invoice = { id: 'in_1', customer: who.customer, metadata: { cognito_sub: who.sub } };
    await deliver('invoice.paid', invoice, { created: session.created + 60 });
    expect(stripeCalls()).toEqual(['GET /v1/subscriptions']);
    expect(await answer(who)).toMatchObject({ access_granted: true });
  });

  it('is written once, and not again for a repeated event', async () => {
    const who = await buyer();
    const session = await buy(who);
    await deliver(completed, session);
    stage.calm();
    await deliver(completed, session, { created: session.created - 60 });
    expect(stripeCalls()).toEqual([]);
  });

  it('gives none once its payment is refunded', async () => {
    const who = await buyer();
    const session = await buy(who);
    await deliver(completed, session);
    const charge = chargeOf(session);
    await stage.stripe.refunds.create({ charge: charge.id });
    await deliver('charge.refunded', { id: charge.id, customer: who.customer });
    expect(await answer(who)).toMatchObject({ access_granted: false, access_reason: 'lapsed' });
    expect(await stage.entitlement(who.sub)).toMatchObject({ reversal: 'refunded' });
  });

  it('gives access while a dispute is open, and none once it is lost', async () => {
    const who = await buyer();
    const session = await buy(who);
    await deliver(completed, session);
    const charge = chargeOf(session);
    const { id } = await control(`charges/${charge.id}/dispute`);
    await deliver('charge.dispute.created', { id, charge: charge.id });
    expect(await answer(who)).toMatchObject({ access_granted: true });
    await control(`disputes/${String(id)}/settle`, { status: 'lost' });
    await deliver('charge.dispute.closed', { id, charge: charge.id });
    expect(await answer(who)).toMatchObject({ access_granted: false, access_reason: 'lapsed' });
    expect(await stage.entitlement(who.sub)).toMatchObject({ reversal: 'dispute_lost' });
  });

  it('is kept after a partial refund, and after a dispute that was won', async () => {
    const who = await buyer();
    const session = await buy(who);
    await deliver(completed, session);
    const charge = chargeOf(session);
    const { id } = await control(`charges/${charge.id}/dispute`);
    await control(`disputes/${String(id)}/settle`, { status: 'won' });
    await stage.stripe.refunds.create({ charge: charge.id, amount: 5_000 });
    await deliver('charge.refunded', { id: charge.id, customer: who.customer });
    expect(await answer(who)).toMatchObject({ access_granted: true });
  });

  it('remains when a subscription next to it ends', async () => {
    const who = await buyer();
    await deliver(completed, await buy(who));
    const method = await stage.stripe.paymentMethods.attach('pm_card_visa', { customer: who.customer });
    const subscription = await stage.stripe.subscriptions.create({
      customer: who.customer,
      items: [{ price: monthly.id }],
      default_payment_method: method.id,
    });
    await deliver('customer.subscription.created', { id: subscription.id, customer: who.customer });
    await stage.stripe.subscriptions.cancel(subscription.id);
    await deliver('customer.subscription.deleted', { id: subscription.id, customer: who.customer });
    expect(await answer(who)).toMatchObject({
      access_granted: true,
      plan: price.id,
      current_period_end: null,
    });
  });

  it('remains when a person deletes the customer in Stripe, and a refund ends it still', async () => {
    const who = await buyer();
    const session = await buy(who);
    await deliver(completed, session);
    await stage.stripe.customers.del(who.customer);
    await deliver('customer.deleted', { id: who.customer, metadata: { cognito_sub: who.sub } });
    expect(await answer(who)).toMatchObject({ access_granted: true });
    const charge = chargeOf(session);
    await stage.stripe.refunds.create({ charge: charge.id });
    await deliver('charge.refunded', {
      id: charge.id,
      customer: who.customer,
      metadata: { cognito_sub: who.sub },
    });
    expect(await answer(who)).toMatchObject({ access_granted: false });
  });
});

describe('What a session says', () => {
  it.each([
    ['another program has opened it', { madeBy: 'somebody' }],
    ['its terms are not understood', { terms: { predixa_access: 'forever' } }],
    ['it has no terms', { terms: {} }],
  ])('gives no access if %s', async (_, options) => {
    const who = await buyer();
    await deliver(completed, await buy(who, options));
    expect(await answer(who)).toMatchObject({ access_granted: false, status: 'none', plan: null });
  });

  it('gives access to the user that its customer names, and not to the one in its own metadata', async () => {
    const [who, other] = [await buyer(), await buyer()];
    await deliver(completed, await buy({ sub: other.sub, customer: who.customer }));
    expect([await answer(who), await answer(other)]).toMatchObject([
      { access_granted: true },
      { access_granted: false },
    ]);
  });

  it('goes with a customer that is given to another user', async () => {
    const [who, other] = [await buyer(), await buyer()];
    await deliver(completed, await buy(who));
    const metadata = { cognito_sub: other.sub };
    await stage.stripe.customers.update(who.customer, { metadata });
    const previous = {
      data: {
        object: { id: who.customer, metadata },
        previous_attributes: { metadata: { cognito_sub: who.sub } },
      },
    };
    await deliver('customer.updated', { id: who.customer, metadata }, previous);
    expect([await answer(who), await answer(other)]).toMatchObject([
      { access_granted: false },
      { access_granted: true },
    ]);
  });

  it('gives features alone, without access, which a refund ends', async () => {
    const who = await buyer();
    const session = await buy(who, { terms: { predixa_features: 'export,credits_10' } });
    await deliver(completed, session);
    expect(await answer(who)).toMatchObject({
      access_granted: false,
      plan: null,
      features: ['credits_10', 'export'],
    });
    const charge = chargeOf(session);
    await stage.stripe.refunds.create({ charge: charge.id });
    await deliver('charge.refunded', { id: charge.id, customer: who.customer });
    expect(await answer(who)).toMatchObject({ features: [] });
  });
});

describe('A pass', () => {
  const terms = { predixa_access: '30_days' };

  it('lasts from its payment, and one that is bought before its end extends it', async () => {
    const who = await buyer();
    const first = await buy(who, { terms });
    await deliver(completed, first);
    const end = chargeOf(first).created + 30 * DAY;
    expect(await answer(who)).toMatchObject({
      access_granted: true,
      current_period_end: end,
      cancel_at: end,
      cancel_at_period_end: true,
    });
    const second = await buy(who, { terms });
    await deliver(completed, second);
    expect(await answer(who)).toMatchObject({ current_period_end: end + 30 * DAY });
    await stage.stripe.refunds.create({ charge: chargeOf(first).id });
    await deliver('charge.refunded', { id: chargeOf(first).id, customer: who.customer });
    expect(await answer(who)).toMatchObject({ current_period_end: chargeOf(second).created + 30 * DAY });
  });
});

// Last, because it moves the clock of Stripe.
describe('A bank debit', () => {
  it('gives nothing while it is pending, and a whole pass once the money is there', async () => {
    const who = await buyer();
    const session = await buy(who, { byDebit: true, terms: { predixa_access: '30_days' } });
    expect(session.payment_status).toBe('unpaid');
    await deliver(completed, session);
    expect(await answer(who)).toMatchObject({ access_granted: false, status: 'none' });
    await control('clock/advance', { seconds: 4 * DAY });
    const paid = await stage.stripe.checkout.sessions.retrieve(session.id);
    expect(paid.payment_status).toBe('paid');
    await deliver('checkout.session.async_payment_succeeded', paid);
    const { current_period_end: end, access_granted: granted } = await answer(who);
    expect(granted).toBe(true);
    expect(Number(end)).toBeGreaterThanOrEqual(session.created + 34 * DAY);
    await control('clock/advance', { seconds: DAY });
    await deliver('checkout.session.async_payment_succeeded', paid);
    expect(await answer(who)).toMatchObject({ current_period_end: end });
  });

  it('that fails has sold nothing', async () => {
    const who = await buyer();
    const { id, url } = await offer(who, { byDebit: true });
    expect(await payByDebit(url, 'AT861904300235473202')).toBe(303);
    await control('clock/advance', { seconds: DAY });
    const failed = await stage.stripe.checkout.sessions.retrieve(id);
    await deliver('checkout.session.async_payment_failed', failed);
    expect(await answer(who)).toMatchObject({ access_granted: false, status: 'none' });
  });
});
