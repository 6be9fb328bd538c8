/**
 * Compares the models with the types of the official library: no required field is missing, and each field that is not
 * assignable to Stripe's type is listed here. The compiler is the test. The listed fields differ only because of
 * Stripe's open enums, its decimals (strings on the wire) and nested objects.
 */
import type { Stripe } from 'stripe';
import { expectTypeOf, test } from 'vitest';
import type { derivedFields } from '../render/completion.ts';
import type { constantFields } from '../render/constant-fields.ts';
import type { CustomerBalanceTransaction } from './balance.ts';
import type * as catalog from './catalog.ts';
import type { CheckoutSession } from './checkout.ts';
import type { CreditNote, CreditNoteLine } from './credit-note.ts';
import type { Customer } from './customer.ts';
import type * as discounts from './discount.ts';
import type { WebhookEndpoint } from './event.ts';
import type { BalanceTransaction, Payout } from './funds.ts';
import type * as invoices from './invoice.ts';
import type { Meter } from './meter.ts';
import type * as payment from './payment.ts';
import type { PaymentLink } from './payment-link.ts';
import type { PortalConfiguration, PortalSession } from './portal.ts';
import type { Quote } from './quote.ts';
import type { Dispute, Refund } from './reversal.ts';
import type { CardSource } from './source.ts';
import type * as subscriptions from './subscription.ts';
import type { SubscriptionSchedule } from './subscription-schedule.ts';
import type { TaxRate } from './tax.ts';
import type { TestClock } from './test-clock.ts';

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** The fields that rendering adds to an object of this kind. */
type Added<Kind> = (Kind extends keyof typeof constantFields ? (typeof constantFields)[Kind] : object) &
  (Kind extends keyof typeof derivedFields ? ReturnType<(typeof derivedFields)[Kind]> : object);

type Missing<Ours extends { object: string }, Theirs> = Exclude<
  RequiredKeys<Theirs>,
  keyof Ours | keyof Added<Ours['object']>
>;

/** Drops `readonly`, which Stripe's types do not have, and accepts any value that is passed through. */
type Loose<T> = unknown extends T
  ? never
  : T extends readonly (infer Entry)[]
    ? Loose<Entry>[]
    : T extends object
      ? { -readonly [K in keyof T]: Loose<T[K]> }
      : T;

type Different<Ours, Theirs> = {
  [K in keyof Ours & keyof Theirs]: [Loose<Ours[K]>] extends [Theirs[K]] ? never : K;
}[keyof Ours & keyof Theirs];

type Gap<Ours extends { object: string }, Theirs> =
  | Missing<Ours, Theirs>
  | Different<Ours, Theirs>
  | Different<Added<Ours['object']>, Theirs>;

test('Subscriptions and their items have every field of the Stripe objects', () => {
  expectTypeOf<Gap<subscriptions.Subscription, Stripe.Subscription>>().toEqualTypeOf<
    'items' | 'pending_update' | 'status_details'
  >();
  expectTypeOf<Gap<subscriptions.SubscriptionItem, Stripe.SubscriptionItem>>().toEqualTypeOf<
    'plan' | 'price'
  >();
});

test('Subscription schedules have every field of the Stripe objects', () => {
  expectTypeOf<Gap<SubscriptionSchedule, Stripe.SubscriptionSchedule>>().toBeNever();
});

test('Customers, payment methods and entitlements have every field of the Stripe objects', () => {
  expectTypeOf<Gap<Customer, Stripe.Customer>>().toBeNever();
  expectTypeOf<Gap<payment.PaymentMethod, Stripe.PaymentMethod>>().toBeNever();
  expectTypeOf<Gap<catalog.ActiveEntitlement, Stripe.Entitlements.ActiveEntitlement>>().toBeNever();
});

test('Products, prices and features have every field of the Stripe objects', () => {
  expectTypeOf<Gap<catalog.Product, Stripe.Product>>().toBeNever();
  expectTypeOf<Gap<catalog.Price, Stripe.Price>>().toEqualTypeOf<
    'currency_options' | 'tiers' | 'unit_amount_decimal'
  >();
  expectTypeOf<Gap<catalog.Feature, Stripe.Entitlements.Feature>>().toBeNever();
  expectTypeOf<Gap<catalog.ProductFeature, Stripe.ProductFeature>>().toBeNever();
});

test('Invoices, their lines, items and payments have every field of the Stripe objects', () => {
  expectTypeOf<Gap<invoices.Invoice, Stripe.Invoice>>().toEqualTypeOf<
    'lines' | 'effective_at' | 'status_details'
  >();
  expectTypeOf<Gap<invoices.InvoiceLine, Stripe.InvoiceLineItem>>().toEqualTypeOf<
    'pricing' | 'quantity_decimal' | 'subscription'
  >();
  expectTypeOf<Gap<invoices.InvoiceItem, Stripe.InvoiceItem>>().toEqualTypeOf<
    'pricing' | 'quantity_decimal'
  >();
  expectTypeOf<Gap<invoices.InvoicePayment, Stripe.InvoicePayment>>().toBeNever();
  expectTypeOf<Gap<CreditNote, Stripe.CreditNote>>().toEqualTypeOf<'lines'>();
  expectTypeOf<Gap<CreditNoteLine, Stripe.CreditNoteLineItem>>().toEqualTypeOf<'unit_amount_decimal'>();
});

test('Discounts, taxes and balances have every field of the Stripe objects', () => {
  expectTypeOf<Gap<discounts.Coupon, Stripe.Coupon>>().toBeNever();
  expectTypeOf<Gap<discounts.PromotionCode, Stripe.PromotionCode>>().toBeNever();
  expectTypeOf<Gap<discounts.Discount, Stripe.Discount>>().toBeNever();
  expectTypeOf<Gap<TaxRate, Stripe.TaxRate>>().toBeNever();
  expectTypeOf<Gap<CustomerBalanceTransaction, Stripe.CustomerBalanceTransaction>>().toBeNever();
});

test('Meters, quotes and payment links have every field of the Stripe objects', () => {
  expectTypeOf<Gap<Meter, Stripe.Billing.Meter>>().toBeNever();
  expectTypeOf<Gap<Quote, Stripe.Quote>>().toBeNever();
  expectTypeOf<Gap<PaymentLink, Stripe.PaymentLink>>().toBeNever();
});

test('Payment intents, setup intents and charges have every field of the Stripe objects', () => {
  expectTypeOf<Gap<payment.PaymentIntent, Stripe.PaymentIntent>>().toBeNever();
  expectTypeOf<Gap<payment.SetupIntent, Stripe.SetupIntent>>().toBeNever();
  expectTypeOf<Gap<payment.Charge, Stripe.Charge>>().toBeNever();
});

test('Refunds, disputes and what moves the balance have every field of the Stripe objects', () => {
  expectTypeOf<Gap<Refund, Stripe.Refund>>().toBeNever();
  expectTypeOf<Gap<Dispute, Stripe.Dispute>>().toBeNever();
  expectTypeOf<Gap<BalanceTransaction, Stripe.BalanceTransaction>>().toBeNever();
  expectTypeOf<Gap<Payout, Stripe.Payout>>().toBeNever();
  expectTypeOf<Gap<CardSource, Stripe.Card>>().toBeNever();
});

test('Checkout and portal objects have every field of the Stripe objects', () => {
  expectTypeOf<Gap<CheckoutSession, Stripe.Checkout.Session>>().toEqualTypeOf<
    'redirect_on_completion' | 'return_url'
  >();
  expectTypeOf<Gap<PortalSession, Stripe.BillingPortal.Session>>().toBeNever();
  expectTypeOf<Gap<PortalConfiguration, Stripe.BillingPortal.Configuration>>().toBeNever();
});

test('Webhook endpoints and test clocks have every field of the Stripe objects', () => {
  expectTypeOf<Gap<WebhookEndpoint, Stripe.WebhookEndpoint>>().toBeNever();
  expectTypeOf<Gap<TestClock, Stripe.TestHelpers.TestClock>>().toBeNever();
});
