/** Tests of Checkout with bank debits, with the invoice of a single payment, and of what a session keeps and ends. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
  rig.clock.seconds = testStart;
});
afterAll(() => rig.close());

const dahlia = { apiVersion: '2026-08-26.dahlia' };

function open(params: Partial<Stripe.Checkout.SessionCreateParams> & { payment_method_types?: string[] }) {
  return stripe.checkout.sessions.create(
    {
      customer_email: 'ann@example.com',
      success_url: 'https://shop.example/',
      ...params,
    },
    dahlia,
  );
}

const post = (session: Stripe.Checkout.Session, form: Readonly<Record<string, string>>) =>
  fetch(String(session.url), { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
const later = () => rig.control('/clock/advance', { seconds: 60 });

const mug = {
  quantity: 2,
  price_data: { currency: 'eur', unit_amount: 1500, product_data: { name: 'Mug' } },
};

test('A SEPA payment completes the session unpaid, and succeeds later', async () => {
  const session = await open({ mode: 'payment', payment_method_types: ['sepa_debit'], line_items: [mug] });
  expect(session.payment_method_types).toEqual(['sepa_debit']);
  expect(await (await fetch(String(session.url))).text()).toContain('IBAN');

  const answer = await post(session, { iban: 'AT61 1904 3002 3457 3201' });

  expect(answer.headers.get('location')).toBe('https://shop.example/');
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
    status: 'complete',
    payment_status: 'unpaid',
  });
  expect(await rig.types()).toContain('checkout.session.completed');
  await later();
  expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
  expect((await rig.types()).at(-1)).toBe('checkout.session.async_payment_succeeded');
});

test('A subscription that is bought with a debit is active, and past due once the bank reports a failure', async () => {
  const price = await createMonthlyPrice(stripe, { currency: 'eur' });
  const session = await open({
    mode: 'subscription',
    payment_method_types: ['card', 'sepa_debit'],
    line_items: [{ price: price.id, quantity: 1 }],
  });

  await post(session, { type: 'sepa_debit', iban: 'AT861904300235473202' });

  const { subscription, payment_status: paid } = await stripe.checkout.sessions.retrieve(session.id);
  expect(paid).toBe('unpaid');
  const id = idOf(subscription);
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  await later();
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['invoice.payment_failed', 'checkout.session.async_payment_failed']),
  );
});

test('A wrong IBAN, and a debit in another currency, are refused', async () => {
  const session = await open({ mode: 'payment', payment_method_types: ['sepa_debit'], line_items: [mug] });
  const answer = await post(session, { iban: 'DE00' });
  expect(answer.status).toBe(402);
  expect(await answer.text()).toContain('Enter a test IBAN');
  await expect(
    open({ mode: 'payment', payment_method_types: ['us_bank_account'], line_items: [mug] }),
  ).rejects.toMatchObject({ param: 'currency' });
  await expect(
    open({ mode: 'payment', payment_method_types: ['carrier_pigeon'], line_items: [mug] }),
  ).rejects.toMatchObject({ statusCode: 400, param: 'payment_method_types' });
});

test('`invoice_creation` gives a single payment an invoice, which the payment pays', async () => {
  const session = await open({
    mode: 'payment',
    line_items: [mug],
    invoice_creation: { enabled: true, invoice_data: { metadata: { order: '1' } } },
  });
  await post(session, { card: '4242424242424242' });
  const done = await stripe.checkout.sessions.retrieve(session.id);
  expect(done.invoice_creation?.enabled).toBe(true);
  const invoice = await stripe.invoices.retrieve(idOf(done.invoice), { expand: ['payments'] });
  expect(invoice).toMatchObject({ status: 'paid', amount_paid: 3000, metadata: { order: '1' } });
  expect(invoice.payments?.data[0]?.payment.payment_intent).toBe(done.payment_intent);
  expect(invoice.lines.data).toHaveLength(1);
});

test('The terms of `payment_intent_data` reach the intent, and a manual capture leaves it unpaid', async () => {
  const session = await open({
    mode: 'payment',
    line_items: [mug],
    payment_intent_data: {
      capture_method: 'manual',
      receipt_email: 'bob@example.com',
      statement_descriptor_suffix: 'MUG',
    },
  });
  await post(session, { card: '4242424242424242' });
  const { payment_intent: intent, payment_status: paid } = await stripe.checkout.sessions.retrieve(
    session.id,
  );
  expect(paid).toBe('unpaid');
  expect(await stripe.paymentIntents.retrieve(idOf(intent))).toMatchObject({
    status: 'requires_capture',
    receipt_email: 'bob@example.com',
    statement_descriptor_suffix: 'MUG',
  });
});

test('A session in `setup` mode has its intent from the start, saves the card, and ends with it', async () => {
  const { id: customer } = await stripe.customers.create({ email: 'ann@example.com' });
  const setup = { mode: 'setup', success_url: 'https://shop.example/', customer, currency: 'usd' } as const;
  const session = await stripe.checkout.sessions.create({
    ...setup,
    setup_intent_data: { metadata: { why: 'later' } },
  });
  const intent = idOf(session.setup_intent);
  expect(await stripe.setupIntents.retrieve(intent)).toMatchObject({
    status: 'requires_payment_method',
    metadata: { why: 'later' },
    customer,
  });
  await post(session, { card: '4242424242424242' });
  expect((await stripe.setupIntents.retrieve(intent)).status).toBe('succeeded');
  expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);

  const other = await stripe.checkout.sessions.create(setup);
  await stripe.checkout.sessions.expire(other.id);
  expect((await stripe.setupIntents.retrieve(idOf(other.setup_intent))).status).toBe('canceled');
});

test('Terms of another mode, and addresses of another page, are refused', async () => {
  await expect(
    open({ mode: 'payment', line_items: [mug], setup_intent_data: { description: 'x' } }),
  ).rejects.toMatchObject({ param: 'setup_intent_data' });
  const embedded: Stripe.Checkout.SessionCreateParams = {
    mode: 'payment',
    line_items: [mug],
    ui_mode: 'embedded_page',
  };
  await expect(open(embedded)).rejects.toMatchObject({ param: 'success_url' });
  await expect(stripe.checkout.sessions.create(embedded)).rejects.toMatchObject({ param: 'return_url' });
  const shown = await stripe.checkout.sessions.create({ ...embedded, redirect_on_completion: 'never' });
  expect(shown.client_secret).toContain(`${shown.id}_secret_`);
  expect(shown).toMatchObject({ url: null, redirect_on_completion: 'never' });
});
