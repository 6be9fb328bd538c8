/** Asks the routes that no other test asks, so that their answers are held against the types as well. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
afterAll(() => rig.close());

test('Products have features, which are listed, renamed and taken away', async () => {
  const feature = await stripe.entitlements.features.create({ name: 'Export', lookup_key: 'export' });
  const renamed = await stripe.entitlements.features.update(feature.id, { name: 'Exports' });
  expect(await stripe.entitlements.features.retrieve(feature.id)).toMatchObject({ name: 'Exports' });
  expect((await stripe.entitlements.features.list({ archived: false })).data).toMatchObject([
    { id: renamed.id },
  ]);
  expect((await stripe.entitlements.features.list({ archived: true })).data).toEqual([]);
  const product = await stripe.products.create({ name: 'Pro' });
  const attached = await stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  expect((await stripe.products.listFeatures(product.id)).data).toMatchObject([{ id: attached.id }]);
  expect(await stripe.products.deleteFeature(product.id, attached.id)).toMatchObject({ deleted: true });
  expect(await stripe.products.retrieve(product.id)).toMatchObject({ name: 'Pro' });
});

test('An invoice item is read and deleted, and a draft is changed', async () => {
  const customer = (await createCustomer(stripe)).id;
  const item = await stripe.invoiceItems.create({ customer, amount: 500, currency: 'usd' });
  expect(await stripe.invoiceItems.retrieve(item.id)).toMatchObject({ amount: 500 });
  expect((await stripe.invoiceItems.list({ customer, pending: true })).data).toHaveLength(1);
  expect(await stripe.invoiceItems.del(item.id)).toMatchObject({ deleted: true });
  const draft = await stripe.invoices.create({ customer });
  const changed = await stripe.invoices.update(draft.id ?? '', { metadata: { order: '7' } });
  expect(changed.metadata).toEqual({ order: '7' });
});

test('Payments of a subscription are found in every list, by every filter', async () => {
  const subscription = await createSubscription(stripe);
  const customer = idOf(subscription.customer);
  const { data: payments } = await stripe.invoicePayments.list();
  const payment = await stripe.invoicePayments.retrieve(payments[0]?.id ?? '');
  const intent = idOf(payment.payment.payment_intent);
  const { data: charges } = await stripe.charges.list({ payment_intent: intent });
  expect(charges).toMatchObject([{ customer, payment_intent: intent }]);
  expect((await stripe.charges.list({ payment_intent: 'pi_none' })).data).toEqual([]);
  const lines = await stripe.invoices.listLineItems(idOf(payment.invoice));
  expect(lines.data).toHaveLength(1);
  const byIntent = { payment: { type: 'payment_intent', payment_intent: intent } } as const;
  expect((await stripe.invoicePayments.list(byIntent)).data).toHaveLength(1);
  const note = await stripe.creditNotes.create({
    invoice: idOf(payment.invoice),
    amount: 100,
    refund_amount: 100,
  });
  expect(await stripe.creditNotes.retrieve(note.id)).toMatchObject({ amount: 100 });
  const [refund] = (await stripe.refunds.list({ payment_intent: intent })).data;
  expect(await stripe.refunds.retrieve(refund?.id ?? '')).toMatchObject({ customer, amount: 100 });
});

test('Each resource that Stripe searches is searched, and `search` is never an id', async () => {
  const found = async (search: (query: string) => Promise<{ data: { id: string }[] }>, query: string) =>
    (await search(query)).data.length;
  const { customer } = await createSubscription(stripe);
  const of = `customer:'${idOf(customer)}'`;
  expect(await found((query) => stripe.invoices.search({ query }), `${of} AND status:'paid'`)).toBe(1);
  expect(await found((query) => stripe.charges.search({ query }), `${of} AND refunded:'false'`)).toBe(1);
  const last4 = `${of} AND payment_method_details.card.last4:4242`;
  expect(await found((query) => stripe.charges.search({ query }), last4)).toBe(1);
  expect(await found((query) => stripe.paymentIntents.search({ query }), `${of} AND amount>100`)).toBe(1);
  expect(
    await found((query) => stripe.prices.search({ query }), "active:'true' AND type:'recurring'"),
  ).toBeGreaterThan(0);
  expect(await found((query) => stripe.products.search({ query }), "name~'Pro'")).toBeGreaterThan(0);
});

test('Search lags behind lists, for every resource', async () => {
  const slow = await startRig({ searchLagSeconds: 60 });
  const { customer } = await createSubscription(slow.stripe);
  const query = `customer:'${idOf(customer)}'`;
  const counts = async () => [
    (await slow.stripe.charges.search({ query })).data.length,
    (await slow.stripe.invoices.search({ query })).data.length,
    (await slow.stripe.paymentIntents.search({ query })).data.length,
  ];
  expect(await counts()).toEqual([0, 0, 0]);
  slow.clock.seconds += 60;
  expect(await counts()).toEqual([1, 1, 1]);
  await slow.close();
});

test('Cards, setups, sessions, configurations and clocks are read and listed', async () => {
  const customer = (await createCustomer(stripe)).id;
  const [card] = (await stripe.paymentMethods.list({ customer, type: 'card' })).data;
  expect(await stripe.paymentMethods.retrieve(card?.id ?? '')).toMatchObject({ customer });
  expect(await stripe.paymentMethods.detach(card?.id ?? '')).toMatchObject({ customer: null });
  const price = (await createMonthlyPrice(stripe)).id;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price, quantity: 1 }],
    customer,
    success_url: 'https://example.com',
  });
  expect((await stripe.checkout.sessions.list({ customer })).data).toMatchObject([{ id: session.id }]);
  const features = { invoice_history: { enabled: true } };
  const { id } = await stripe.billingPortal.configurations.create({ features });
  expect(await stripe.billingPortal.configurations.retrieve(id)).toMatchObject({ is_default: false });
  await stripe.testHelpers.testClocks.create({ frozen_time: rig.clock.seconds });
  expect((await stripe.testHelpers.testClocks.list()).data).toHaveLength(1);
});

test('A card that is saved without a payment leaves a setup', async () => {
  const customer = (await createCustomer(stripe)).id;
  const setup = { mode: 'setup', currency: 'usd', customer, success_url: 'https://example.com' } as const;
  const { url } = await stripe.checkout.sessions.create(setup);
  const body = new URLSearchParams({ card: '4242424242424242', email: 'ann@example.com' });
  await fetch(url ?? '', { method: 'POST', body, redirect: 'manual' });
  const [saved] = (await stripe.setupIntents.list({ customer })).data;
  expect(await stripe.setupIntents.retrieve(saved?.id ?? '')).toMatchObject({ status: 'succeeded' });
});

test('A dispute and the event about it are read', async () => {
  await createSubscription(stripe);
  const [charge] = (await stripe.charges.list()).data;
  await rig.control(`/charges/${charge?.id ?? ''}/dispute`, {});
  const [dispute] = (await stripe.disputes.list({ charge: charge?.id ?? '' })).data;
  expect(await stripe.disputes.retrieve(dispute?.id ?? '')).toMatchObject({ status: 'needs_response' });
  const [event] = (await stripe.events.list({ type: 'charge.dispute.created' })).data;
  expect(await stripe.events.retrieve(event?.id ?? '')).toMatchObject({ type: 'charge.dispute.created' });
});
