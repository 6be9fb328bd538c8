import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const DAY = 86_400;
let stage: Stage;
let product: string;

beforeAll(async () => {
  stage = await createStage({ env: { PAST_DUE_GRACE_DAYS: '3' } });
  product = (await stage.stripe.products.create({ name: 'Pro' })).id;
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function priceOf(unit_amount: number, interval: 'month' | 'year', role?: string): Promise<string> {
  const price = await stage.stripe.prices.create({
    product,
    currency: 'usd',
    unit_amount,
    recurring: { interval },
    ...(role === undefined ? {} : { metadata: { predixa_role: role } }),
  });
  return price.id;
}

interface Buyer {
  readonly sub: string;
  readonly customer: string;
  readonly subscription: string;
}

interface Order {
  readonly items: readonly { readonly price: string; readonly quantity?: number }[];
  readonly card?: string;
  readonly terms?: object;
}

async function buyer({ items, card = 'pm_card_visa', terms = {} }: Order): Promise<Buyer> {
  const sub = randomUUID();
  const { id: customer } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: card,
    invoice_settings: { default_payment_method: card },
  });
  const bought = await stage.stripe.subscriptions.create({ customer, items: [...items], ...terms });
  await stage.putProfile({ userId: sub, stripeCustomerId: customer });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  await deliver('customer.subscription.created', { id: bought.id, customer });
  return { sub, customer, subscription: bought.id };
}

async function deliver(type: string, object: object): Promise<void> {
  // The simulator's clock is ahead: a sync must not take the event for an old one.
  const created = Math.floor(Date.now() / 1000) + 400 * DAY;
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent(type, object, { created })));
  expect(answer).toMatchObject({ statusCode: 200 });
}

async function access(sub: string) {
  const { body } = await stage.call('entitlements-api', httpEvent({ claims: { sub } }));
  return [body['access_granted'], body['access_reason']];
}

async function control(route: string, body: object = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${stage.stripeUrl}/_simulator/${route}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json() as Promise<Record<string, unknown>>;
}

const granted = [true, 'active_subscription'];
const lapsed = [false, 'lapsed'];

async function chargesOf({ customer }: Buyer) {
  return (await stage.stripe.charges.list({ customer, limit: 100 })).data;
}

async function refunded(who: Buyer): Promise<void> {
  await deliver('charge.refunded', { id: 'ch_any', customer: who.customer });
}

describe('A yearly plan', () => {
  it('is refunded although 120 invoices of seats follow the one that was refunded', async () => {
    const [plan, seats] = [await priceOf(12_000, 'year', 'plan'), await priceOf(500, 'year', 'add_on')];
    const who = await buyer({ items: [{ price: plan }, { price: seats, quantity: 1 }] });
    const [first] = await chargesOf(who);
    for (let count = 0; count < 120; count += 1) {
      await stage.stripe.invoices.create({ customer: who.customer, subscription: who.subscription });
    }
    await stage.stripe.refunds.create({ charge: first?.id ?? '' });
    await refunded(who);
    expect(await access(who.sub)).toEqual(lapsed);
  });

  it('is not refunded with a monthly add-on, and is refunded after renewals of that add-on', async () => {
    const [plan, extra] = [await priceOf(12_000, 'year', 'plan'), await priceOf(500, 'month', 'add_on')];
    const who = await buyer({ items: [{ price: plan }, { price: extra }] });
    const [first] = await chargesOf(who);
    await control(`subscriptions/${who.subscription}/renew`);
    const charges = await chargesOf(who);
    expect(charges).toHaveLength(2);
    await stage.stripe.refunds.create({ charge: charges.find(({ id }) => id !== first?.id)?.id ?? '' });
    await refunded(who);
    expect(await access(who.sub)).toEqual(granted);
    await stage.stripe.refunds.create({ charge: first?.id ?? '' });
    await refunded(who);
    expect(await access(who.sub)).toEqual(lapsed);
  });
});

describe('An invoice that is paid in two payments', () => {
  it.each(['payment_intent', 'charge'] as const)(
    'is refunded with both payments, and not with one, of the type %s',
    async (type) => {
      const who = await buyer({
        items: [{ price: await priceOf(1_000, 'month') }],
        terms: { collection_method: 'send_invoice', days_until_due: 30 },
      });
      const { data } = await stage.stripe.invoices.list({ subscription: who.subscription });
      const parts = [400, 600].map((amount) => ({ amount, type }));
      await control(`invoices/${data[0]?.id}/pay`, { payments: parts });
      for (const [index, charge] of (await chargesOf(who)).entries()) {
        await stage.stripe.refunds.create({ charge: charge.id });
        await refunded(who);
        expect(await access(who.sub)).toEqual(index === 0 ? granted : lapsed);
      }
    },
  );
});

describe('A refund', () => {
  it('that fails later gives the access back', async () => {
    const who = await buyer({
      items: [{ price: await priceOf(1_000, 'month') }],
      card: 'pm_card_pendingRefund',
    });
    const [charge] = await chargesOf(who);
    const refund = await stage.stripe.refunds.create({ charge: charge?.id ?? '' });
    expect(refund.status).toBe('pending');
    await refunded(who);
    expect(await access(who.sub)).toEqual(lapsed);
    await control(`refunds/${refund.id}/settle`, { status: 'failed' });
    await deliver('refund.failed', { id: refund.id, charge: charge?.id });
    expect(await access(who.sub)).toEqual(granted);
  });

  it('in ten parts is read with four calls', async () => {
    const who = await buyer({ items: [{ price: await priceOf(1_000, 'month') }] });
    const [charge] = await chargesOf(who);
    for (let count = 0; count < 10; count += 1) {
      await stage.stripe.refunds.create({ charge: charge?.id ?? '', amount: 50 });
    }
    stage.calm();
    await refunded(who);
    expect(stage.wires.stripe.names().filter((name) => !name.includes('entitlements'))).toEqual([
      'GET /v1/subscriptions',
      'GET /v1/invoices',
      'GET /v1/invoice_payments',
      'GET /v1/refunds',
    ]);
    expect(await access(who.sub)).toEqual(granted);
  });
});

describe('A credit note', () => {
  it.each([
    ['the balance', { credit_amount: 1_000 }, lapsed],
    ['outside of Stripe', { out_of_band_amount: 1_000 }, lapsed],
    ['the card', { refund_amount: 1_000 }, lapsed],
    ['the card and the balance', { refund_amount: 400, credit_amount: 600 }, lapsed],
    ['the card, in part', { amount: 400, refund_amount: 400 }, granted],
  ])('to %s decides on access', async (_, amounts, expected) => {
    const who = await buyer({ items: [{ price: await priceOf(1_000, 'month') }] });
    const { data } = await stage.stripe.invoices.list({ subscription: who.subscription });
    const note = await stage.stripe.creditNotes.create({ invoice: data[0]?.id ?? '', ...amounts });
    await deliver('credit_note.created', { id: note.id, customer: who.customer });
    expect(await access(who.sub)).toEqual(expected);
  });
});

describe('An invoice that is sent', () => {
  const terms = { collection_method: 'send_invoice', days_until_due: 7 } as const;

  it('begins a grace at its due date, and gives no access once it is given up', async () => {
    const who = await buyer({ items: [{ price: await priceOf(1_000, 'month') }], terms });
    const { data } = await stage.stripe.invoices.list({ subscription: who.subscription });
    const dueAt = data[0]?.due_date ?? 0;
    await control('clock/advance', { to: dueAt + DAY });
    await deliver('customer.subscription.updated', { id: who.subscription, customer: who.customer });
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'past_due', past_due_since: dueAt });
    const invoice = String(data[0]?.id);
    await stage.stripe.invoices.markUncollectible(invoice);
    await deliver('invoice.marked_uncollectible', { id: invoice, customer: who.customer });
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'active', reversal: 'uncollectible' });
  });
});

describe('A change within a period that cannot be paid', () => {
  it('begins a grace when it failed, and a later failure after a recovery begins a new one', async () => {
    const who = await buyer({ items: [{ price: await priceOf(1_000, 'month') }] });
    const { items } = await stage.stripe.subscriptions.retrieve(who.subscription);
    const failing = await stage.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: who.customer,
    });
    const paying = (await chargesOf(who))[0]?.payment_method ?? '';
    const failAt = async () => {
      await stage.stripe.subscriptions.update(who.subscription, { default_payment_method: failing.id });
      const { quantity = 1 } = await stage.stripe.subscriptionItems.retrieve(items.data[0]?.id ?? '');
      await stage.stripe.subscriptions.update(who.subscription, {
        items: [{ id: items.data[0]?.id ?? '', quantity: quantity + 1 }],
        proration_behavior: 'always_invoice',
      });
      const { data } = await stage.stripe.invoices.list({ subscription: who.subscription, status: 'open' });
      await deliver('customer.subscription.updated', { id: who.subscription, customer: who.customer });
      return data[0];
    };
    await control('clock/advance', { seconds: 5 * DAY });
    const first = await failAt();
    const firstAt = first?.status_transitions.finalized_at;
    expect(firstAt).toBeGreaterThan(items.data[0]?.current_period_start ?? 0);
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'past_due', past_due_since: firstAt });
    await control('clock/advance', { seconds: DAY });
    // The recovery is not synced.
    await stage.stripe.invoices.pay(first?.id ?? '', { payment_method: paying });
    const second = await failAt();
    const secondAt = second?.status_transitions.finalized_at;
    expect(secondAt).toBeGreaterThan(firstAt ?? 0);
    expect(await stage.entitlement(who.sub)).toMatchObject({ past_due_since: secondAt });
  });
});

describe('A renewal that fails after a paid one', () => {
  it('begins a grace of its own, although an invoice from before is still open', async () => {
    const who = await buyer({ items: [{ price: await priceOf(990, 'month') }] });
    const useCard = async (card: string) => {
      const { id } = await stage.stripe.paymentMethods.attach(card, { customer: who.customer });
      await stage.stripe.subscriptions.update(who.subscription, { default_payment_method: id });
      await control(`subscriptions/${who.subscription}/renew`);
    };
    await useCard('pm_card_chargeCustomerFail');
    await useCard('pm_card_visa');
    // Stripe's status follows the latest invoice, so the paid renewal ends what the one before began.
    await control(`subscriptions/${who.subscription}/set`, { status: 'active' });
    await useCard('pm_card_chargeCustomerFail');
    await deliver('invoice.payment_failed', { id: 'in_3', customer: who.customer });
    const { data } = await stage.stripe.invoices.list({ subscription: who.subscription });
    expect(data.map(({ status }) => status)).toEqual(['open', 'paid', 'open', 'paid']);
    const past_due_since = data[0]?.period_end;
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'past_due', past_due_since });
  });
});
