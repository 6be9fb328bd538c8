/** What a Checkout session costs: its lines with their discounts and taxes, and what is due when it completes. */

import { discountShares } from '../amounts/discount-shares.ts';
import { amountFor } from '../amounts/price-charges.ts';
import { taxShares } from '../amounts/tax-shares.ts';
import { blankCustomer } from '../customers/blank-customer.ts';
import { termsOfCoupon } from '../discounts/discount-terms.ts';
import { itemOfPrice } from '../invoices/invoice-item-record.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { CheckoutOrder, CheckoutSession, LineAmounts, OrderLine } from '../model/checkout.ts';
import type { Customer } from '../model/customer.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { TaxRate } from '../model/tax.ts';
import type { SubscriptionInput } from '../subscriptions/new-subscription.ts';
import { previewFirstInvoice } from '../subscriptions/subscription-start.ts';
import { ratesAt } from '../taxes/automatic-tax.ts';
import type { World } from '../world/world.ts';
import { redeemablesOf } from './checkout-coupons.ts';

const DAY_SECONDS = 24 * 3600;

/** Returns the amounts of each line, for a full period. */
function lineAmounts(world: World, session: CheckoutSession, order: CheckoutOrder): LineAmounts[] {
  const currency = order.lines[0]?.price.currency ?? 'usd';
  const lines = order.lines.map(({ price, quantity }) => ({
    amount: isMetered(price) ? 0 : amountFor(price, quantity),
    isDiscountable: true,
    product: price.product,
    discounts: [],
  }));
  const terms = redeemablesOf(world, order, session.customer).map(({ coupon }) =>
    termsOfCoupon(coupon, currency),
  );
  const shares = discountShares(lines, terms);
  return order.lines.map((line, index) => {
    const subtotal = lines[index]?.amount ?? 0;
    const discount = (shares[index] ?? []).reduce((sum, { amount }) => sum + amount, 0);
    const taxes = taxShares(subtotal - discount, ratesOf(world, session, { order, line }));
    const tax = taxes.reduce((sum, { amount }) => sum + amount, 0);
    const added = taxes.filter(({ inclusive }) => !inclusive).reduce((sum, { amount }) => sum + amount, 0);
    return { subtotal, discount, tax, total: subtotal - discount + added };
  });
}

function ratesOf(
  world: World,
  session: CheckoutSession,
  { order, line }: { order: CheckoutOrder; line: OrderLine },
): readonly TaxRate[] {
  if (order.automaticTax === true) return ratesAt(world, session.customer ?? '', line.price);
  const own = line.taxRates ?? [];
  return own.length > 0 || line.price.recurring === null ? own : (order.subscription.defaultTaxRates ?? own);
}

type SessionAmounts = Pick<CheckoutSession, 'amount_subtotal' | 'amount_total' | 'total_details'>;

/** Stores the order with the amounts of its lines, and returns those of the session. */
export function priceSession(world: World, session: CheckoutSession, order: CheckoutOrder): SessionAmounts {
  const amounts = lineAmounts(world, session, order);
  const lines = order.lines.map((line, index) => {
    const own = amounts[index];
    return own === undefined ? line : { ...line, amounts: own };
  });
  world.store.checkoutOrders.put({ ...order, lines });
  if (session.mode === 'setup') return { amount_subtotal: null, amount_total: null, total_details: null };
  const sumOf = (name: keyof LineAmounts) => amounts.reduce((sum, line) => sum + line[name], 0);
  return {
    amount_subtotal: sumOf('subtotal'),
    amount_total: sumOf('total'),
    total_details: { amount_discount: sumOf('discount'), amount_shipping: 0, amount_tax: sumOf('tax') },
  };
}

/** Returns the amount to pay when the session completes; recurring prices are free during a trial. */
export function amountDueNow(world: World, session: CheckoutSession, order: CheckoutOrder): number {
  if (session.mode !== 'subscription')
    return lineAmounts(world, session, order).reduce((sum, { total }) => sum + total, 0);
  const customer = world.store.customers.get(session.customer ?? '') ?? blankCustomer(world, '');
  // A look at the amount leaves no trace, so that the ids of later objects stay the same.
  const counters = world.ids.counters();
  const input = subscriptionOf(world, { session, order, customer, method: undefined });
  const { total } = previewFirstInvoice(world, input);
  world.ids.rewind(counters);
  return Math.max(0, total + customer.balance);
}

export interface Ordered {
  readonly session: CheckoutSession;
  readonly order: CheckoutOrder;
  readonly customer: Customer;
  readonly method: PaymentMethod | undefined;
}

/** Returns the subscription that a session creates. */
export function subscriptionOf(
  world: World,
  { session, order, customer, method }: Ordered,
): SubscriptionInput {
  const terms = order.subscription;
  const recurring = order.lines.filter(({ price }) => price.recurring !== null);
  const oneTime = order.lines.filter(({ price }) => price.recurring === null);
  return {
    customer,
    items: recurring.map(({ price, quantity, taxRates = [] }) => ({
      price,
      quantity: isMetered(price) ? undefined : quantity,
      metadata: {},
      taxRates,
    })),
    metadata: terms.metadata,
    trialEnd: trialEndOf(world, order),
    paymentBehavior: 'allow_incomplete',
    collectionMethod: 'charge_automatically',
    daysUntilDue: null,
    ownMethod: method,
    method,
    authenticated: true,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    missingPaymentMethod: terms.missing_payment_method,
    billingMode: terms.billingMode ?? 'flexible',
    anchor: anchorOf(world, order),
    description: terms.description,
    paymentSettings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    prorationBehavior: terms.prorationBehavior ?? 'create_prorations',
    discounts: redeemablesOf(world, order, session.customer),
    defaultTaxRates: terms.defaultTaxRates ?? [],
    automaticTax: order.automaticTax ?? false,
    oneTimeItems: oneTime.map(({ price, quantity, description, taxRates = [] }) =>
      itemOfPrice(world, price, { customer: customer.id, quantity, description, tax_rates: taxRates }),
    ),
  };
}

/** An anchor that has passed while the page was open no longer shortens the first period. */
function anchorOf(world: World, { subscription }: CheckoutOrder): number | null {
  const { anchor = null } = subscription;
  return anchor === null || anchor <= world.seconds() ? null : anchor;
}

export function trialEndOf(world: World, order: CheckoutOrder): number | null {
  const { trial_end: end, trial_period_days: days } = order.subscription;
  return end ?? (days === null ? null : world.seconds() + days * DAY_SECONDS);
}
