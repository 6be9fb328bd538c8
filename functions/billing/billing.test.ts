import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

const DAY = 86_400;
let stage: Stage;
let price: string;

beforeAll(async () => {
  stage = await createStage();
  price = await monthlyPrice(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

function billing(sub: string, { after, form = 'http' }: { after?: string; form?: Form } = {}) {
  const event = apiEvent(form, { method: 'GET', path: '/me/billing', claims: { sub } });
  const query = after === undefined ? {} : { queryStringParameters: { invoices_after: after } };
  return stage.call('billing', { ...event, ...query });
}

async function subscriber() {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'active', stripe_customer_ids: [payer.customerId] });
  return { sub, ...payer };
}

async function control(path: string, body: object): Promise<Response> {
  return fetch(`${stage.stripeUrl}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
}

/** Lets the next attempt to pay the renewal go wrong, and makes it. */
async function failRenewal(
  { customerId, subscriptionId }: { customerId: string; subscriptionId: string },
  card: string,
): Promise<void> {
  const method = await stage.stripe.paymentMethods.attach(card, { customer: customerId });
  await stage.stripe.subscriptions.update(subscriptionId, { default_payment_method: method.id });
  await control(`subscriptions/${subscriptionId}/renew`, {});
}

const stripeCalls = () => stage.wires.stripe.names();

describe('GET /me/billing', () => {
  it.each(forms)(
    'shows a subscriber the next charge, the card, the invoices and the details (%s)',
    async (form) => {
      const { sub, customerId, subscriptionId, periodEnd } = await subscriber();
      const address = { line1: 'Example Street 1', city: 'Berlin', postal_code: '10115', country: 'DE' };
      await stage.stripe.customers.update(customerId, { name: 'Ann', email: 'ann@example.com', address });
      await stage.stripe.customers.createTaxId(customerId, { type: 'eu_vat', value: 'DE000000000' });
      stage.calm();
      const answer = await billing(sub, { form });
      expect(answer).toMatchObject({
        statusCode: 200,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          payments_due: [],
          next_charge: {
            subscription: subscriptionId,
            amount: 990,
            currency: 'usd',
            at: periodEnd,
            ends_trial: false,
            collection_method: 'charge_automatically',
          },
          payment_method: { type: 'card', brand: 'visa', last4: '4242', expires_before_next_charge: false },
          scheduled: [],
          tax_ids: [{ type: 'eu_vat', value: 'DE000000000', verification: 'verified' }],
          billing_details: { name: 'Ann', email: 'ann@example.com', address: { ...address, line2: null } },
          manage_url: null,
          unavailable: [],
        },
      });
      const { data } = answer.body['invoices'] as { data: readonly Record<string, unknown>[] };
      expect(data).toMatchObject([{ status: 'paid', total: 990, amount_paid: 990, currency: 'usd' }]);
      expect(data[0]).toMatchObject({
        number: expect.any(String),
        hosted_invoice_url: expect.stringContaining('http'),
        invoice_pdf: expect.stringContaining('http'),
      });
      expect(stripeCalls().length).toBeLessThanOrEqual(7);
    },
  );

  it('answers a user without a customer with nothing, without a call to Stripe', async () => {
    const answer = await billing(randomUUID());
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toEqual({
      payments_due: [],
      next_charge: null,
      payment_method: null,
      scheduled: [],
      invoices: { data: [], has_more: false, next_cursor: null },
      tax_ids: [],
      billing_details: null,
      manage_url: null,
      unavailable: [],
    });
    expect(stripeCalls()).toEqual([]);
  });

  it.each([
    ['pm_card_authenticationRequired', 'confirmation_required'],
    ['pm_card_chargeCustomerFail', 'payment_failed'],
  ] as const)('shows a renewal with %s as %s, with its page and the next attempt', async (card, reason) => {
    const payer = await subscriber();
    await failRenewal(payer, card);
    const { body } = await billing(payer.sub);
    expect(body['payments_due']).toMatchObject([
      {
        reason,
        amount: 990,
        subscription: payer.subscriptionId,
        hosted_invoice_url: expect.stringContaining('http'),
        next_attempt_at: expect.any(Number),
        due_at: null,
      },
    ]);
    expect(body['unavailable']).toEqual([]);
    const [due] = body['payments_due'] as readonly { invoice: string }[];
    await stage.stripe.invoices.pay(due?.invoice ?? '', { paid_out_of_band: true });
    expect((await billing(payer.sub)).body['payments_due']).toEqual([]);
  });

  it('shows an invoice that was sent with the day on which it is due, and no charge', async () => {
    const sub = randomUUID();
    const customer = await stage.stripe.customers.create({
      email: 'a@example.com',
      metadata: { cognito_sub: sub },
    });
    const { id } = await stage.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price }],
      collection_method: 'send_invoice',
      days_until_due: 14,
    });
    const { data } = await stage.stripe.invoices.list({ subscription: id });
    await stage.stripe.invoices.finalizeInvoice(data[0]?.id ?? '');
    await stage.putProfile({ userId: sub, stripeCustomerId: customer.id });
    const { body } = await billing(sub);
    expect(body['payments_due']).toMatchObject([
      { reason: 'payment_required', due_at: expect.any(Number), next_attempt_at: null },
    ]);
    expect(body['next_charge']).toMatchObject({ collection_method: 'send_invoice' });
    expect(body['payment_method']).toBeNull();
  });

  it('shows the first charge after a trial', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.subscriptions.list({ customer: customerId });
    for (const one of data) await stage.stripe.subscriptions.cancel(one.id);
    const trial = await stage.stripe.subscriptions.create({
      customer: customerId,
      items: [{ price }],
      trial_period_days: 10,
    });
    const { body } = await billing(sub);
    expect(body['next_charge']).toMatchObject({ amount: 990, at: trial.trial_end, ends_trial: true });
  });

  it.each([
    ['at the end of the period', { cancel_at_period_end: true }],
    ['at a date within it', undefined],
  ] as const)('shows no next charge of a subscription that ends %s, but its end', async (_, change) => {
    const { sub, subscriptionId, periodEnd } = await subscriber();
    const at = periodEnd - 5 * DAY;
    const params = change ?? ({ cancel_at: at, proration_behavior: 'none' } as const);
    await stage.stripe.subscriptions.update(subscriptionId, params);
    stage.calm();
    const { body } = await billing(sub);
    expect(body['next_charge']).toBeNull();
    const end = change === undefined ? at : periodEnd;
    expect(body['scheduled']).toEqual([{ kind: 'cancel', at: end, subscription: subscriptionId, items: [] }]);
    expect(stripeCalls()).not.toContain('POST /v1/invoices/create_preview');
  });

  it('shows the change that a schedule makes at the end of the period', async () => {
    const { sub, subscriptionId, periodEnd } = await subscriber();
    const other = await monthlyPrice(stage);
    const schedule = await stage.stripe.subscriptionSchedules.create({ from_subscription: subscriptionId });
    const [phase] = schedule.phases;
    const start_date = phase?.start_date ?? 0;
    await stage.stripe.subscriptionSchedules.update(schedule.id, {
      phases: [
        { items: [{ price }], start_date, end_date: periodEnd },
        { items: [{ price: other, quantity: 2 }], start_date: periodEnd, duration: { interval: 'month' } },
      ] as Stripe.SubscriptionScheduleUpdateParams.Phase[],
    });
    const { body } = await billing(sub);
    expect(body['unavailable']).toEqual([]);
    const { unit_amount } = await stage.stripe.prices.retrieve(other);
    expect(body['next_charge']).toMatchObject({ amount: 2 * (unit_amount ?? 0), at: periodEnd });
    expect(body['scheduled']).toEqual([
      {
        kind: 'change',
        at: periodEnd,
        subscription: subscriptionId,
        items: [{ price: other, quantity: 2 }],
      },
    ]);
  });

  it('says that the card expires before the next charge, by the month in UTC', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const card = await stage.stripe.paymentMethods.create({
      type: 'card',
      card: {
        number: '4242424242424242',
        exp_month: new Date().getUTCMonth() + 1,
        exp_year: new Date().getUTCFullYear(),
      },
    });
    await stage.stripe.paymentMethods.attach(card.id, { customer: customerId });
    await stage.stripe.subscriptions.update(subscriptionId, { default_payment_method: card.id });
    const { body } = await billing(sub);
    expect(body['payment_method']).toMatchObject({ id: card.id, expires_before_next_charge: true });
  });

  it('pages through the invoices of all customers, each once, without drafts', async () => {
    const { sub, customerId } = await subscriber();
    const second = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
    await stage.putEntitlement({ cognito_sub: sub, stripe_customer_ids: [customerId, second.id] });
    for (let index = 0; index < 24; index += 1) {
      const customer = index % 2 === 0 ? customerId : second.id;
      const { id } = await stage.stripe.invoices.create({ customer, auto_advance: false });
      await stage.stripe.invoiceItems.create({ customer, invoice: id, amount: 500, currency: 'usd' });
      await stage.stripe.invoices.finalizeInvoice(id);
      if (index === 0) await stage.stripe.invoices.voidInvoice(id);
    }
    await stage.stripe.invoices.create({ customer: customerId });
    const seen: { id: string; status: string }[] = [];
    let after: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const { body } = await billing(sub, after === undefined ? {} : { after });
      const { data, has_more, next_cursor } = body['invoices'] as {
        data: typeof seen;
        has_more: boolean;
        next_cursor: string | null;
      };
      seen.push(...data);
      if (!has_more) break;
      after = next_cursor ?? '';
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
    expect(seen.map(({ status }) => status)).not.toContain('draft');
    expect(seen.map(({ status }) => status)).toContain('paid');
  });

  it('refuses a cursor that is none', async () => {
    const { sub } = await subscriber();
    expect(await billing(sub, { after: 'in_1' })).toMatchObject({
      statusCode: 400,
      body: { code: 'malformed_request' },
    });
  });
});

describe('GET /me/billing, of another user', () => {
  it('shows nothing of a customer that names another user, whatever the records say', async () => {
    const other = await subscriber();
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId: other.customerId });
    await stage.putEntitlement({ cognito_sub: sub, stripe_customer_ids: [other.customerId] });
    stage.calm();
    const { statusCode, body } = await billing(sub);
    expect(statusCode).toBe(200);
    expect(JSON.stringify(body)).not.toContain(other.customerId);
    expect(body).toMatchObject({ next_charge: null, billing_details: null, invoices: { data: [] } });
    expect(stripeCalls()).toHaveLength(2);
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'owner_contradiction' }));
  });

  it('shows nothing of a customer whose only subscription names another user', async () => {
    const { customerId, subscriptionId } = await subscriber();
    await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
    await stage.stripe.subscriptions.update(subscriptionId, { metadata: { cognito_sub: randomUUID() } });
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    expect((await billing(sub)).body).toMatchObject({ next_charge: null, billing_details: null });
  });

  it('answers 410 to a user being deleted, and 401 without an identity', async () => {
    const { sub, customerId } = await subscriber();
    const predixaDeletionRequestedAt = '2026-01-01T00:00:00.000Z';
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, predixaDeletionRequestedAt });
    expect(await billing(sub)).toMatchObject({ statusCode: 410, body: { code: 'account_deleted' } });
    const event = apiEvent('http', { method: 'GET', path: '/me/billing' });
    expect((await stage.call('billing', event)).statusCode).toBe(401);
  });

  it('gives a user of an app store the page of the store, also while Stripe does not answer', async () => {
    const { sub, customerId } = await subscriber();
    const url = 'https://apps.apple.com/account/subscriptions';
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      stripe_customer_ids: [customerId],
      claims: [
        {
          source: 'revenuecat',
          id: 'p1',
          store: 'app_store',
          status: 'active',
          plan: 'pro',
          manage_url: url,
          continues: true,
        },
      ],
    });
    stage.wires.stripe.fail(() => 'server_error');
    const { statusCode, body } = await billing(sub);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({ manage_url: url, payments_due: null, next_charge: null, invoices: null });
    expect(body['unavailable']).toHaveLength(7);
  });
});

describe('GET /me/billing, while a part fails', () => {
  it.each([
    ['GET /v1/invoices', 'invoices'],
    ['POST /v1/invoices/create_preview', 'next_charge'],
    [/^GET \/v1\/payment_methods\//, 'payment_method'],
    [/tax_ids$/, 'tax_ids'],
  ] as const)('names the part of %s and shows the others', async (name, part) => {
    const { sub } = await subscriber();
    for (const fault of ['server_error', 'forbidden'] as const) {
      stage.wires.stripe.fail((call) => {
        const isIt = typeof name === 'string' ? call.name === name : name.test(call.name);
        return isIt ? fault : undefined;
      });
      const { statusCode, body } = await billing(sub);
      expect(statusCode).toBe(200);
      expect(body['unavailable']).toContain(part);
      expect(body[part]).toBeNull();
      expect(body['billing_details']).not.toBeNull();
    }
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'billing_part_unavailable', part }));
  });

  it('answers 503 only if nothing can be said', async () => {
    const { sub } = await subscriber();
    stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
    expect(await billing(sub)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
  });

  it('counts the requests of a user, and says when the next one is allowed', async () => {
    const { sub } = await subscriber();
    stage.wires.stripe.fail(() => 'forbidden');
    const statuses = [];
    for (let index = 0; index < 21; index += 1) statuses.push((await billing(sub)).statusCode);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.slice(0, 20)).not.toContain(429);
  });
});
