/** A bank debit takes days: the app hears that the payment is on its way, and access begins when it has arrived. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const GOOD_IBAN = 'AT611904300234573201';
const BAD_IBAN = 'AT861904300235473202';
const DAY_SECONDS = 86_400;
let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;

beforeAll(async () => {
  const env = { CHECKOUT_PAYMENT_METHODS: 'card,sepa_debit', TRIAL_DAYS: '0' };
  stage = await createStage({ env });
  buyers = buyersOn(stage);
  const product = (await stage.stripe.products.create({ name: 'Pro' })).id;
  const terms = { product, currency: 'eur', unit_amount: 990, recurring: { interval: 'month' } } as const;
  await stage.stripe.prices.create({ ...terms, lookup_key: 'pro_monthly' });
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function debited(iban: string): Promise<User & { readonly customer: string }> {
  const who = await buyers.user();
  const { body } = await buyers.checkout(who);
  const form = new URLSearchParams({ type: 'sepa_debit', iban });
  const page = await fetch(String(body['url']), { method: 'POST', body: form, redirect: 'manual' });
  expect(page.status).toBe(303);
  return { ...who, customer: await buyers.customerOf(who) };
}

/** The bank reports after some seconds of the simulator's clock. */
async function bankReports(): Promise<void> {
  const body = JSON.stringify({ seconds: 60 });
  const answer = await fetch(`${stage.stripeUrl}/_simulator/clock/advance`, { method: 'POST', body });
  expect(answer.status).toBe(200);
}

async function hear(type: string, customer: string): Promise<void> {
  const created = Math.floor(Date.now() / 1000) + DAY_SECONDS;
  const event = stripeEvent(type, { id: 'in_1', object: 'invoice', customer }, { created });
  expect(await stage.call('stripe-webhook', delivered(event))).toMatchObject({ statusCode: 200 });
}

const accessOf = async ({ sub }: User) =>
  (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;

const pending = { access_granted: false, access_reason: 'no_entitlement', payment_pending: true };
const paid = { access_granted: true, access_reason: 'active_subscription', payment_pending: false };

describe('A first payment by bank debit', () => {
  it('is said to be pending, and gives access once it has arrived', async () => {
    const who = await debited(GOOD_IBAN);
    await hear('customer.subscription.created', who.customer);
    expect(await accessOf(who)).toMatchObject({ ...pending, status: 'active' });
    const [subscription] = await buyers.subscriptions(who);
    expect(subscription?.status).toBe('active');
    await bankReports();
    await hear('invoice.paid', who.customer);
    expect(await accessOf(who)).toMatchObject(paid);
  });

  it('is said to be pending by the sync of the user who returns', async () => {
    const who = await debited(GOOD_IBAN);
    const request = { method: 'POST', path: '/me/entitlements/sync', claims: { sub: who.sub } };
    expect((await stage.call('checkout', apiEvent('http', request))).body).toMatchObject(pending);
  });

  it('gives no access if the bank refuses it', async () => {
    const who = await debited(BAD_IBAN);
    await hear('customer.subscription.created', who.customer);
    expect(await accessOf(who)).toMatchObject(pending);
    await bankReports();
    await hear('invoice.payment_failed', who.customer);
    expect(await accessOf(who)).toMatchObject({ access_granted: false, payment_pending: false });
  });

  it('keeps the user from buying twice', async () => {
    const who = await debited(GOOD_IBAN);
    expect(await buyers.checkout(who)).toMatchObject({
      statusCode: 409,
      body: { code: 'already_subscribed' },
    });
  });

  it('takes one call to Stripe and one read and one write, as any event', async () => {
    const who = await debited(GOOD_IBAN);
    await hear('customer.subscription.created', who.customer);
    stage.calm();
    await bankReports();
    await hear('customer.subscription.updated', who.customer);
    expect(stage.wires.stripe.names()).toEqual(['GET /v1/subscriptions']);
  });
});

describe('A later payment by bank debit', () => {
  it('changes nothing while it is on its way', async () => {
    const who = await debited(GOOD_IBAN);
    await bankReports();
    await hear('invoice.paid', who.customer);
    const body = JSON.stringify({ seconds: 31 * DAY_SECONDS });
    await fetch(`${stage.stripeUrl}/_simulator/clock/advance`, { method: 'POST', body });
    await hear('customer.subscription.updated', who.customer);
    expect(await accessOf(who)).toMatchObject(paid);
  });
});
