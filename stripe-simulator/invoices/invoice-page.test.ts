/** Tests of the hosted invoice page, over HTTP. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCustomer, createSubscription, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

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

const VISA = '4242424242424242';
const ALWAYS = '4000000000003220';

/** A subscription whose renewal could not be paid, and its open invoice. */
async function pastDue(
  card: string,
): Promise<{ subscription: Stripe.Subscription; invoice: Stripe.Invoice; url: string }> {
  const subscription = await createSubscription(stripe);
  const customer = idOf(subscription.customer);
  const method = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  rig.simulator.advance(31 * 24 * 3600 + 2 * 3600);
  const [invoice] = (await stripe.invoices.list({ customer, status: 'open' })).data;
  if (invoice === undefined) throw new Error('There is no open invoice.');
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
  return { subscription, invoice, url: String(invoice.hosted_invoice_url) };
}

/** An invoice without a subscription. */
async function single(customer: string): Promise<Stripe.Invoice> {
  await stripe.invoiceItems.create({ customer, amount: 700, currency: 'usd', description: 'A <mug>' });
  return stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' });
}

function post(url: string, form: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

const read = async (url: string) =>
  (await fetch(url.startsWith('/') ? `${rig.simulator.url}${url}` : url)).text();
const targetOf = (answer: Response) => answer.headers.get('location') ?? '';
const statusOf = async ({ id }: Stripe.Invoice) => (await stripe.invoices.retrieve(id)).status;

test('An open invoice is paid with another card, which the subscription keeps', async () => {
  const { subscription, invoice, url } = await pastDue('pm_card_chargeCustomerFail');
  expect(await read(url)).toMatch(/Visa •••• 0341, expires 12\/2031[^]*Pay \$15\.00/);

  const answer = await post(`${url}/pay`, { method: 'new', card: VISA, save: 'yes' });

  expect(targetOf(answer)).toBe(`/i/${invoice.id}`);
  expect(await read(url)).toMatch(/Receipt[^]*Visa •••• 4242[^]*\$15\.00 on February 15, 2027/);
  const after = await stripe.subscriptions.retrieve(subscription.id, { expand: ['default_payment_method'] });
  expect(after).toMatchObject({ status: 'active', default_payment_method: { card: { last4: '4242' } } });
  rig.simulator.advance(31 * 24 * 3600);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
});

test('A card that is not to be saved pays once and stays without a customer', async () => {
  const { subscription, url } = await pastDue('pm_card_chargeCustomerFail');

  await post(`${url}/pay`, { method: 'new', card: VISA });

  const after = await stripe.subscriptions.retrieve(subscription.id);
  expect(after).toMatchObject({ status: 'active', default_payment_method: null });
  const saved = await stripe.paymentMethods.list({ customer: idOf(subscription.customer) });
  expect(saved.data.map(({ card }) => card?.last4)).toEqual(['0341', '4242']);
});

test('A payment that requires action is completed on the invoice page', async () => {
  const { subscription, invoice, url } = await pastDue('pm_card_threeDSecure2Required');
  const page = await read(url);
  expect(page).toContain('The bank asks you to authenticate this payment.');
  const method = /name="method" value="(?<id>pm_\w+)" checked/.exec(page)?.groups?.['id'] ?? '';

  const challenge = targetOf(await post(`${url}/pay`, { method }));
  expect(await statusOf(invoice)).toBe('open');
  const answer = await post(`${rig.simulator.url}${challenge}`, { outcome: 'complete' });

  expect(targetOf(answer)).toBe(`/i/${invoice.id}`);
  expect(await statusOf(invoice)).toBe('paid');
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['payment_intent.requires_action', 'invoice.paid']),
  );
});

test('A failed authentication leaves the invoice open and says so', async () => {
  const { invoice, url } = await pastDue('pm_card_chargeCustomerFail');
  const challenge = targetOf(await post(`${url}/pay`, { method: 'new', card: ALWAYS, save: 'yes' }));

  const back = targetOf(await post(`${rig.simulator.url}${challenge}`, { outcome: 'fail' }));

  expect(await read(back)).toMatch(/id="card-error" role="alert">The authentication failed/);
  expect(await read(back)).toContain('value="4000 0000 0000 3220"');
  expect(await statusOf(invoice)).toBe('open');
  const [payment] = (await stripe.invoicePayments.list({ invoice: invoice.id })).data;
  const intent = await stripe.paymentIntents.retrieve(idOf(payment?.payment.payment_intent));
  expect(intent).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
});

test.each([
  ['a new card', { method: 'new', card: '4000000000009995' }, 'insufficient funds'],
  ['an incomplete number', { method: 'new', card: '4242' }, 'incomplete'],
  ['a card that is not saved', { method: 'pm_none' }, 'not saved any more'],
])('The page says why %s does not pay', async (_name, form, problem) => {
  const { invoice, url } = await pastDue('pm_card_chargeCustomerFail');

  const answer = await post(`${url}/pay`, form);

  expect(answer.status).toBe(402);
  expect(await answer.text()).toMatch(new RegExp(`role="alert"[^>]*>(<p>)?[^<]*${problem}`));
  expect(await statusOf(invoice)).toBe('open');
});

test('The saved card that fails again is named as the problem', async () => {
  const { url } = await pastDue('pm_card_chargeCustomerFail');
  const method = /value="(?<id>pm_\w+)" checked/.exec(await read(url))?.groups?.['id'] ?? '';

  const answer = await post(`${url}/pay`, { method });

  expect(answer.status).toBe(402);
  expect(await answer.text()).toMatch(/id="problem"><p>Your card was declined\./);
});

test('A draft, a void and an uncollectible invoice say what they are', async () => {
  const customer = await createCustomer(stripe);
  const draft = await single(customer.id);
  expect(await read(`/i/${draft.id}`)).toMatch(/This invoice is a draft/);

  await stripe.invoices.finalizeInvoice(draft.id);
  await stripe.invoices.markUncollectible(draft.id);
  expect(await read(`/i/${draft.id}`)).toMatch(
    /marked as uncollectible\. It can still be paid[^]*Pay \$7\.00/,
  );
  expect(await read(`/i/${draft.id}`)).toContain('A &lt;mug&gt;');

  await stripe.invoices.voidInvoice(draft.id);
  expect(await read(`/i/${draft.id}`)).toContain('This invoice is void.');
  const answer = await post(`${rig.simulator.url}/i/${draft.id}/pay`, { method: 'new', card: VISA });
  expect(await answer.text()).toContain('This invoice is void.');
  expect(await statusOf(draft)).toBe('void');
  expect((await fetch(`${rig.simulator.url}/i/in_none`)).status).toBe(404);
});

test('The first saved card of a customer without a default becomes the default', async () => {
  const customer = await stripe.customers.create({ email: 'ann@example.com' });
  const invoice = await stripe.invoices.finalizeInvoice((await single(customer.id)).id);

  await post(`${invoice.hosted_invoice_url}/pay`, { method: 'new', card: VISA, save: 'yes' });

  const after = await stripe.customers.retrieve(customer.id, {
    expand: ['invoice_settings.default_payment_method'],
  });
  expect(after).toMatchObject({ invoice_settings: { default_payment_method: { card: { last4: '4242' } } } });
  expect(await statusOf(invoice)).toBe('paid');
});

test('A form that is sent twice pays once', async () => {
  const { url } = await pastDue('pm_card_chargeCustomerFail');
  const before = (await stripe.charges.list({ limit: 100 })).data.filter(({ paid }) => paid).length;

  await Promise.all([1, 2].map(() => post(`${url}/pay`, { method: 'new', card: VISA })));

  const after = (await stripe.charges.list({ limit: 100 })).data.filter(({ paid }) => paid).length;
  expect(after - before).toBe(1);
});
