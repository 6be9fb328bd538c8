/** Properties of invoices: the lines, the discounts and the taxes add up to the totals. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Coupon } from '../model/discount.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { TaxRate } from '../model/tax.ts';
import { newAccount } from '../store/account-state.ts';
import { Ids } from '../store/ids.ts';
import { createStore } from '../store/store.ts';
import { DEFAULT_API_VERSION, type World } from '../world/world.ts';
import { previewInvoice } from './invoice-draft.ts';
import { newInvoiceItem } from './invoice-item-record.ts';

function newWorld(): World {
  return {
    store: createStore(() => undefined),
    ids: new Ids('totals'),
    apiVersion: DEFAULT_API_VERSION,
    seconds: () => 1_800_000_000,
    ownSeconds: () => 1_800_000_000,
    dunning: { retryDelaysSeconds: [], afterLastRetry: 'canceled' },
    account: newAccount(),
    searchLagSeconds: 0,
    hasEventBus: false,
    baseUrl: () => '',
    origin: null,
    publish: () => undefined,
  };
}

const coupons = fc.record({
  percent_off: fc.option(fc.integer({ min: 1, max: 10_000 }).map((value) => value / 100)),
  amount_off: fc.integer({ min: 1, max: 50_000 }),
});
const rates = fc.record({
  inclusive: fc.boolean(),
  percentage: fc.integer({ min: 0, max: 300_000 }).map((value) => value / 10_000),
});
const amounts = fc.integer({ min: -20_000, max: 100_000 });

function storeCoupon(world: World, id: string, terms: Pick<Coupon, 'amount_off' | 'percent_off'>): string {
  world.store.redeemedCoupons.put({
    id,
    coupon: {
      id,
      object: 'coupon',
      created: 0,
      currency: terms.percent_off === null ? 'usd' : null,
      duration: 'forever',
      duration_in_months: null,
      livemode: false,
      max_redemptions: null,
      metadata: {},
      name: null,
      redeem_by: null,
      times_redeemed: 0,
      valid: true,
      ...terms,
      amount_off: terms.percent_off === null ? terms.amount_off : null,
    },
  });
  return id;
}

const rateOf = (id: string, terms: Pick<TaxRate, 'inclusive' | 'percentage'>): TaxRate => ({
  id,
  object: 'tax_rate',
  active: true,
  country: null,
  created: 0,
  description: null,
  display_name: 'Tax',
  effective_percentage: null,
  flat_amount: null,
  jurisdiction: null,
  jurisdiction_level: null,
  livemode: false,
  metadata: {},
  rate_type: null,
  state: null,
  tax_type: null,
  ...terms,
});

const sum = (list: readonly { readonly amount: number }[]) =>
  list.reduce((total, { amount }) => total + amount, 0);

test('The lines, discounts and taxes of an invoice add up to its totals', () => {
  const lines = fc.array(
    fc.record({
      amount: amounts,
      discountable: fc.boolean(),
      own: fc.option(coupons),
      rate: fc.option(rates),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const invoices = fc.record({
    lines,
    discounts: fc.array(coupons, { maxLength: 3 }),
    taxes: fc.array(rates, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(invoices, (input) => {
      const world = newWorld();
      const pendingItems: InvoiceItem[] = input.lines.map(({ amount, discountable, own, rate }, index) =>
        newInvoiceItem(world, {
          amount,
          currency: 'usd',
          customer: 'cus_1',
          description: null,
          discountable,
          discounts: own === null ? [] : [storeCoupon(world, `di_own_${index}`, own)],
          tax_rates: rate === null ? [] : [rateOf(`txr_own_${index}`, rate)],
        }),
      );
      const invoice = previewInvoice(world, {
        customer: 'cus_1',
        billingReason: 'manual',
        currency: 'usd',
        pendingItems,
        collectionMethod: 'charge_automatically',
        discounts: input.discounts.map((terms, index) => storeCoupon(world, `di_${index}`, terms)),
        taxRates: input.taxes.map((terms, index) => rateOf(`txr_${index}`, terms)),
      });
      const { data } = invoice.lines;
      const discounts = sum(data.flatMap((line) => line.discount_amounts));
      const taxes = data.flatMap((line) => line.taxes);
      const added = sum(taxes.filter((tax) => tax.tax_behavior === 'exclusive'));
      const included = sum(taxes.filter((tax) => tax.tax_behavior === 'inclusive'));
      expect(invoice.total).toBe(sum(data) - discounts + added);
      expect(invoice.total_excluding_tax).toBe(invoice.total - added - included);
      expect(sum(invoice.total_discount_amounts)).toBe(discounts);
      expect(sum(invoice.total_taxes)).toBe(added + included);
      expect(invoice.amount_due).toBe(Math.max(0, invoice.total));
      expect(data.map(({ amount }) => amount)).toEqual(input.lines.map(({ amount }) => amount));
    }),
  );
});
