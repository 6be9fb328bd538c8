/** Tests of credit notes, payments in parts, and the customer's balance. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function finalized(): Promise<Stripe.Invoice> {
  const customer = await createCustomer(stripe);
  await stripe.invoiceItems.create({ customer: customer.id, amount: 2000, currency: 'usd' });
  const draft = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
  });
  return stripe.invoices.finalizeInvoice(draft.id);
}

async function paid(): Promise<Stripe.Invoice> {
  return stripe.invoices.pay((await finalized()).id);
}

test('A credit note of a paid invoice refunds, credits the balance and records what was returned elsewhere', async () => {
  const invoice = await paid();
  const customer = idOf(invoice.customer);
  const note = await stripe.creditNotes.create({
    invoice: invoice.id,
    amount: 1000,
    refund_amount: 500,
    credit_amount: 300,
    out_of_band_amount: 200,
  });
  expect(note).toMatchObject({
    type: 'post_payment',
    post_payment_amount: 1000,
    pre_payment_amount: 0,
    out_of_band_amount: 200,
    refunds: [{ amount_refunded: 500, type: 'refund' }],
  });
  expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({
    status: 'paid',
    amount_paid: 2000,
    post_payment_credit_notes_amount: 1000,
  });
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -300 });
  const { data } = await stripe.charges.list({ customer });
  expect(data).toMatchObject([{ amount_refunded: 500 }]);
  expect(await rig.types()).toContain('credit_note.created');
  expect((await stripe.creditNotes.list({ invoice: invoice.id })).data).toMatchObject([{ id: note.id }]);
});

test('A credit note must say where the whole amount goes, and never exceeds the invoice', async () => {
  const { id } = await paid();
  await expect(stripe.creditNotes.create({ invoice: id, amount: 1000 })).rejects.toMatchObject({
    statusCode: 400,
  });
  await expect(
    stripe.creditNotes.create({ invoice: id, amount: 2001, credit_amount: 2001 }),
  ).rejects.toMatchObject({ statusCode: 400, param: 'amount' });
});

test('A credit note of an open invoice reduces what is due until it is void', async () => {
  const { id } = await finalized();
  const note = await stripe.creditNotes.create({ invoice: id, amount: 500 });
  expect(await stripe.invoices.retrieve(id)).toMatchObject({ amount_remaining: 1500, amount_due: 1500 });
  expect(await stripe.creditNotes.voidCreditNote(note.id)).toMatchObject({ status: 'void' });
  expect(await stripe.invoices.pay(id)).toMatchObject({ status: 'paid', amount_paid: 2000 });
});

test('An open invoice that is credited in full is paid without a payment', async () => {
  const { id } = await finalized();
  await stripe.creditNotes.create({ invoice: id });
  expect(await stripe.invoices.retrieve(id)).toMatchObject({
    status: 'paid',
    amount_paid: 0,
    pre_payment_credit_notes_amount: 2000,
  });
});

test('An invoice is paid by payments of each type, which a list shows', async () => {
  const { id } = await finalized();
  const payments = [
    { amount: 500, type: 'charge' },
    { amount: 700, type: 'payment_intent' },
    { amount: 800, type: 'payment_record' },
  ];
  expect(await rig.control(`/invoices/${id}/pay`, { payments })).toMatchObject({ status: 'paid' });
  const { data } = await stripe.invoicePayments.list({
    invoice: id,
    status: 'paid',
    expand: ['data.payment.payment_intent.latest_charge', 'data.payment.charge'],
  });
  expect(data.map(({ payment, amount_paid }) => [payment.type, amount_paid])).toEqual([
    ['payment_record', 800],
    ['payment_intent', 700],
    ['charge', 500],
  ]);
  expect(data[2]?.payment.charge).toMatchObject({ amount: 500, payment_intent: null });
  const record = idOf(data[0]?.payment.payment_record);
  const refund = { amount: { value: 800, currency: 'usd' }, refunded: { refunded_at: rig.clock.seconds } };
  await stripe.paymentRecords.reportRefund(record, {
    ...refund,
    outcome: 'refunded',
    processor_details: { type: 'custom', custom: { refund_reference: 'r-1' } },
  });
  expect(await stripe.paymentRecords.retrieve(record)).toMatchObject({ amount_refunded: { value: 800 } });
});

test('The balance of a customer pays an invoice when it is finalized', async () => {
  const customer = await createCustomer(stripe);
  await stripe.customers.update(customer.id, { balance: -2500 });
  await stripe.invoiceItems.create({ customer: customer.id, amount: 2000, currency: 'usd' });
  const draft = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
  });
  expect(await stripe.invoices.finalizeInvoice(draft.id)).toMatchObject({
    status: 'paid',
    amount_paid: 0,
    starting_balance: -2500,
    ending_balance: -500,
  });
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: -500 });
});

test('The lines of a note credit parts of the invoice with their discounts and taxes', async () => {
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 19 });
  const coupon = await stripe.coupons.create({ percent_off: 50 });
  const { id: customer } = await stripe.customers.create({ email: 'ann@example.com' });
  await stripe.invoiceItems.create({ customer, amount: 2000, currency: 'usd' });
  const draft = await stripe.invoices.create({
    customer,
    pending_invoice_items_behavior: 'include',
    default_tax_rates: [rate.id],
    discounts: [{ coupon: coupon.id }],
  });
  const invoice = await stripe.invoices.finalizeInvoice(draft.id);
  expect(invoice.total).toBe(1190);
  const line = invoice.lines.data[0]?.id ?? '';
  const preview = await stripe.creditNotes.preview({ invoice: invoice.id, amount: 300 });
  expect(preview).toMatchObject({ total: 300, pre_payment_amount: 300 });
  const note = await stripe.creditNotes.create({
    invoice: invoice.id,
    lines: [
      { type: 'invoice_line_item', invoice_line_item: line, amount: 1000 },
      { type: 'custom_line_item', unit_amount: 50, quantity: 2, description: 'Goodwill' },
    ],
  });
  expect(note).toMatchObject({ subtotal: 1100, discount_amount: 500, total: 695, total_excluding_tax: 600 });
  const { data } = await stripe.creditNotes.listLineItems(note.id);
  expect(data.map(({ amount, type }) => [amount, type])).toEqual([
    [1000, 'invoice_line_item'],
    [100, 'custom_line_item'],
  ]);
  const updated = await stripe.creditNotes.update(note.id, { memo: 'Sorry', metadata: { foo: 'bar' } });
  expect(updated).toMatchObject({ memo: 'Sorry', metadata: { foo: 'bar' } });
  expect(await rig.types()).toContain('credit_note.updated');
});
