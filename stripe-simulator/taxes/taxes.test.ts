/** Tests of tax rates and automatic tax on invoices. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

const germany = { line1: 'Musterweg 1', city: 'Berlin', country: 'DE' };

async function firstInvoice(
  params: Partial<Stripe.SubscriptionCreateParams>,
  {
    customer = {},
    price = {},
  }: { customer?: Stripe.CustomerUpdateParams; price?: Partial<Stripe.PriceCreateParams> } = {},
): Promise<Stripe.Invoice> {
  const { id } = await createCustomer(stripe);
  await stripe.customers.update(id, customer);
  const { id: priceId } = await createMonthlyPrice(stripe, { unit_amount: 1000, ...price });
  const { latest_invoice: latest } = await stripe.subscriptions.create({
    customer: id,
    items: [{ price: priceId }],
    expand: ['latest_invoice'],
    ...params,
  });
  return latest as Stripe.Invoice;
}

const rate = (inclusive: boolean) =>
  stripe.taxRates.create({ display_name: 'VAT', inclusive, percentage: 19, country: 'DE' });

test('An exclusive rate is added, and an inclusive one is a part of the amount', async () => {
  const [added, included] = [await rate(false), await rate(true)];
  const exclusive = await firstInvoice({ default_tax_rates: [added.id] });
  expect(exclusive).toMatchObject({
    subtotal: 1000,
    total: 1190,
    total_excluding_tax: 1000,
    amount_paid: 1190,
    total_taxes: [
      {
        amount: 190,
        taxable_amount: 1000,
        tax_behavior: 'exclusive',
        tax_rate_details: { tax_rate: added.id },
        type: 'tax_rate_details',
      },
    ],
  });
  expect(exclusive.default_tax_rates.map(({ id }) => id)).toEqual([added.id]);
  const inclusive = await firstInvoice({ default_tax_rates: [included.id] });
  expect(inclusive).toMatchObject({ total: 1000, total_excluding_tax: 840 });
  expect(inclusive.lines.data[0]?.taxes?.[0]).toMatchObject({ amount: 160, taxable_amount: 840 });
});

test('The rates of an item replace the default rates', async () => {
  const [added, reduced] = [
    await rate(false),
    await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 7 }),
  ];
  const price = await createMonthlyPrice(stripe, { unit_amount: 1000 });
  const invoice = await firstInvoice({
    default_tax_rates: [added.id],
    items: [{ price: price.id, tax_rates: [reduced.id] }],
  });
  expect(invoice.total).toBe(1070);
});

test('Tax is computed after discounts', async () => {
  const added = await rate(false);
  const coupon = await stripe.coupons.create({ percent_off: 50 });
  const invoice = await firstInvoice({ default_tax_rates: [added.id], discounts: [{ coupon: coupon.id }] });
  expect(invoice).toMatchObject({ subtotal: 1000, total: 595, total_excluding_tax: 500 });
});

test('A customer who is exempt pays no tax', async () => {
  const added = await rate(false);
  const invoice = await firstInvoice(
    { default_tax_rates: [added.id] },
    { customer: { tax_exempt: 'exempt' } },
  );
  expect(invoice.total).toBe(1000);
  expect(invoice.total_taxes?.[0]).toMatchObject({ amount: 0, taxability_reason: 'customer_exempt' });
});

test('An archived or unknown rate is refused', async () => {
  const { id } = await rate(false);
  await stripe.taxRates.update(id, { active: false });
  await expect(firstInvoice({ default_tax_rates: [id] })).rejects.toMatchObject({
    param: 'default_tax_rates',
  });
  await expect(firstInvoice({ default_tax_rates: ['txr_none'] })).rejects.toMatchObject({
    code: 'resource_missing',
  });
});

test('Automatic tax needs an address', async () => {
  await expect(firstInvoice({ automatic_tax: { enabled: true } })).rejects.toMatchObject({
    code: 'customer_tax_location_invalid',
    message:
      "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.",
  });
});

test('Automatic tax has the rate of the country, and the price says whether it is included', async () => {
  const automatic = { automatic_tax: { enabled: true } };
  const customer = { address: germany };
  const added = await firstInvoice(automatic, { customer });
  expect(added).toMatchObject({ total: 1190, automatic_tax: { enabled: true, status: 'complete' } });
  const included = await firstInvoice(automatic, { customer, price: { tax_behavior: 'inclusive' } });
  expect(included).toMatchObject({ total: 1000, total_excluding_tax: 840 });
  const euros = await firstInvoice(automatic, { customer, price: { currency: 'eur' } });
  expect(euros.total).toBe(1000);
  const free = await firstInvoice(automatic, {
    customer: { address: { line1: 'x', country: 'US', state: 'OR' } },
  });
  expect(free).toMatchObject({ total: 1000 });
  expect(free.total_taxes?.[0]?.taxability_reason).toBe('zero_rated');
});

test('The taxes of the lines add up to those of the invoice', async () => {
  const [added, included] = [await rate(false), await rate(true)];
  const { id } = await createCustomer(stripe);
  for (const amount of [333, 1001, -77])
    await stripe.invoiceItems.create({ customer: id, amount, currency: 'usd', tax_rates: [included.id] });
  await stripe.invoiceItems.create({ customer: id, amount: 999, currency: 'usd' });
  const invoice = await stripe.invoices.create({
    customer: id,
    pending_invoice_items_behavior: 'include',
    default_tax_rates: [added.id],
  });
  const taxes = invoice.lines.data.flatMap((line) => line.taxes ?? []);
  const sum = taxes.reduce((total, tax) => total + tax.amount, 0);
  expect(invoice.total_taxes?.reduce((total, tax) => total + tax.amount, 0)).toBe(sum);
  expect(invoice.total).toBe(333 + 1001 - 77 + 999 + 190);
});
