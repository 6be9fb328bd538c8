/** The state of the simulator: one table per kind of record. */

import type { CustomerBalanceTransaction } from '../model/balance.ts';
import type {
  ActiveEntitlement,
  EntitlementOwner,
  Feature,
  Price,
  Product,
  ProductFeature,
  ProductFeatureOwner,
} from '../model/catalog.ts';
import type { Challenge } from '../model/challenge.ts';
import type { CheckoutOrder, CheckoutSession, PaymentLinkOrder } from '../model/checkout.ts';
import type { StripeObject } from '../model/common.ts';
import type { CreditNote } from '../model/credit-note.ts';
import type { Customer, DeletedCustomer } from '../model/customer.ts';
import type { Coupon, Discount, PromotionCode, RedeemedCoupon } from '../model/discount.ts';
import type { Delivery, EndpointSecrets, EventRecord, KeptAnswer, WebhookEndpoint } from '../model/event.ts';
import type { EventDestination } from '../model/event-destination.ts';
import type { BalanceTransaction, Payout } from '../model/funds.ts';
import type { Invoice, InvoiceItem, InvoicePayment } from '../model/invoice.ts';
import type { LaterEffect } from '../model/later-effect.ts';
import type { Meter, MeterEventRecord } from '../model/meter.ts';
import type { Charge, PaymentIntent, PaymentMethod, PaymentRecord, SetupIntent } from '../model/payment.ts';
import type { PaymentLink } from '../model/payment-link.ts';
import type { PlainObject } from '../model/plain-object.ts';
import type { PortalConfiguration, PortalSession } from '../model/portal.ts';
import type { Quote, QuoteOrder } from '../model/quote.ts';
import type { Dispute, Refund } from '../model/reversal.ts';
import type { CashBalanceRecord, EphemeralKeyRecord, TokenRecord } from '../model/source.ts';
import type { HeldUpdate, Resumption, Subscription } from '../model/subscription.ts';
import type { SubscriptionSchedule } from '../model/subscription-schedule.ts';
import type { TaxRate } from '../model/tax.ts';
import type { TaxId } from '../model/tax-id.ts';
import type { Notice, TestClock } from '../model/test-clock.ts';
import { Table, type TableChange } from './table.ts';
import type { Indexes } from './value-index.ts';

export interface Records {
  customers: Customer;
  deletedCustomers: DeletedCustomer;
  products: Product;
  prices: Price;
  features: Feature;
  productFeatures: ProductFeature;
  productFeatureOwners: ProductFeatureOwner;
  activeEntitlements: ActiveEntitlement;
  entitlementOwners: EntitlementOwner;
  paymentMethods: PaymentMethod;
  paymentIntents: PaymentIntent;
  setupIntents: SetupIntent;
  charges: Charge;
  refunds: Refund;
  disputes: Dispute;
  accountTransactions: BalanceTransaction;
  payouts: Payout;
  laterEffects: LaterEffect;
  tokens: TokenRecord;
  confirmationTokens: TokenRecord;
  cashBalances: CashBalanceRecord;
  plainObjects: PlainObject;
  ephemeralKeys: EphemeralKeyRecord;
  subscriptions: Subscription;
  subscriptionSchedules: SubscriptionSchedule;
  invoices: Invoice;
  invoiceItems: InvoiceItem;
  invoicePayments: InvoicePayment;
  creditNotes: CreditNote;
  balanceTransactions: CustomerBalanceTransaction;
  taxIds: TaxId;
  coupons: Coupon;
  promotionCodes: PromotionCode;
  discounts: Discount;
  redeemedCoupons: RedeemedCoupon;
  taxRates: TaxRate;
  meters: Meter;
  meterEvents: MeterEventRecord;
  quotes: Quote;
  quoteOrders: QuoteOrder;
  paymentLinks: PaymentLink;
  paymentLinkOrders: PaymentLinkOrder;
  paymentRecords: PaymentRecord;
  challenges: Challenge;
  checkoutSessions: CheckoutSession;
  checkoutOrders: CheckoutOrder;
  portalSessions: PortalSession;
  portalConfigurations: PortalConfiguration;
  testClocks: TestClock;
  resumptions: Resumption;
  pendingUpdates: HeldUpdate;
  notices: Notice;
  events: EventRecord;
  deliveries: Delivery;
  keptAnswers: KeptAnswer;
  webhookEndpoints: WebhookEndpoint;
  endpointSecrets: EndpointSecrets;
  eventDestinations: EventDestination;
  keptAnswersOfV2: KeptAnswer;
}

export type Store = { readonly [K in keyof Records]: Table<Records[K]> };

export const tableNames = [
  'customers',
  'deletedCustomers',
  'products',
  'prices',
  'features',
  'productFeatures',
  'productFeatureOwners',
  'activeEntitlements',
  'entitlementOwners',
  'paymentMethods',
  'paymentIntents',
  'setupIntents',
  'charges',
  'refunds',
  'disputes',
  'accountTransactions',
  'payouts',
  'laterEffects',
  'tokens',
  'confirmationTokens',
  'cashBalances',
  'plainObjects',
  'ephemeralKeys',
  'subscriptions',
  'subscriptionSchedules',
  'invoices',
  'invoiceItems',
  'invoicePayments',
  'creditNotes',
  'balanceTransactions',
  'taxIds',
  'coupons',
  'promotionCodes',
  'discounts',
  'redeemedCoupons',
  'taxRates',
  'meters',
  'meterEvents',
  'quotes',
  'quoteOrders',
  'paymentLinks',
  'paymentLinkOrders',
  'paymentRecords',
  'challenges',
  'checkoutSessions',
  'checkoutOrders',
  'portalSessions',
  'portalConfigurations',
  'testClocks',
  'resumptions',
  'pendingUpdates',
  'notices',
  'events',
  'deliveries',
  'keptAnswers',
  'webhookEndpoints',
  'endpointSecrets',
  'eventDestinations',
  'keptAnswersOfV2',
] as const satisfies readonly (keyof Records)[];

/** Secondary indexes for lookups that would be slow as scans. A list uses the one with the name of its filter. */
const indexes: { readonly [K in keyof Records]?: Indexes<Records[K]> } = {
  deliveries: { event: (row) => [row.event] },
  customers: { test_clock: (row) => [row.test_clock], email: (row) => [row.email] },
  prices: { product: (row) => [row.product] },
  charges: { payment_intent: (row) => [row.payment_intent], customer: (row) => [row.customer] },
  refunds: { charge: (row) => [row.charge] },
  paymentIntents: { customer: (row) => [row.customer] },
  checkoutSessions: {
    customer: (row) => [row.customer],
    intent: (row) => [row.payment_intent],
    invoice: (row) => [row.invoice],
  },
  subscriptions: {
    customer: (row) => [row.customer],
    item: (row) => row.items.data.map((item) => item.id),
  },
  subscriptionSchedules: { customer: (row) => [row.customer] },
  invoices: {
    customer: (row) => [row.customer],
    subscription: (row) => [row.parent?.subscription_details?.subscription],
  },
  invoiceItems: { customer: (row) => [row.customer] },
  invoicePayments: { invoice: (row) => [row.invoice], intent: (row) => [row.payment.payment_intent] },
  creditNotes: { invoice: (row) => [row.invoice] },
  balanceTransactions: { customer: (row) => [row.customer] },
  taxIds: { customer: (row) => [row.customer] },
  promotionCodes: { code: (row) => [row.code.toLowerCase()] },
  meterEvents: { customer: (row) => [row.customer] },
  quotes: { customer: (row) => [row.customer] },
  paymentMethods: { customer: (row) => [row.customer] },
  disputes: { charge: (row) => [row.charge] },
  laterEffects: { subject: (row) => [row.subject] },
  ephemeralKeys: { secret: (row) => [row.secret] },
  entitlementOwners: { customer: (row) => [row.customer] },
};

/** `changed` is called with every change of a table. */
export function createStore(
  changed: (name: keyof Records, change: TableChange<{ readonly id: string }>) => void,
): Store {
  // Each name gets its table, as the mapped type says, but the compiler cannot follow the loop over the names.
  const tables: Partial<Record<keyof Records, object>> = {};
  const indexesByName: Readonly<Partial<Record<keyof Records, object>>> = indexes;
  for (const name of tableNames) {
    const table = indexesByName[name] as Indexes<{ readonly id: string }> | undefined;
    tables[name] = new Table((change) => changed(name, change), table);
  }
  return tables as Store;
}

const tablesByPrefix: Readonly<Record<string, readonly (keyof Records)[]>> = {
  cus_: ['customers', 'deletedCustomers'],
  prod_: ['products'],
  price_: ['prices'],
  feat_: ['features'],
  pm_: ['paymentMethods'],
  pi_: ['paymentIntents'],
  seti_: ['setupIntents'],
  ch_: ['charges'],
  py_: ['charges'],
  re_: ['refunds'],
  dp_: ['disputes'],
  txn_: ['accountTransactions'],
  po_: ['payouts'],
  acct_: ['plainObjects'],
  tr_: ['plainObjects'],
  ic_: ['plainObjects'],
  ich_: ['plainObjects'],
  // The ids of schedules begin with `sub_sched_`.
  sub_: ['subscriptions', 'subscriptionSchedules'],
  in_: ['invoices'],
  ii_: ['invoiceItems'],
  inpay_: ['invoicePayments'],
  cn_: ['creditNotes'],
  cbtxn_: ['balanceTransactions'],
  txi_: ['taxIds'],
  promo_: ['promotionCodes'],
  di_: ['discounts'],
  txr_: ['taxRates'],
  mtr_: ['meters'],
  qt_: ['quotes'],
  plink_: ['paymentLinks'],
  pr_: ['paymentRecords'],
  cs_: ['checkoutSessions'],
  clock_: ['testClocks'],
  bpc_: ['portalConfigurations'],
  ed_: ['eventDestinations'],
};

/** Returns the object with the id, whatever its kind, or undefined when there is none. */
export function findObject(store: Store, id: string): StripeObject | undefined {
  const prefix = id.slice(0, id.indexOf('_') + 1);
  for (const name of tablesByPrefix[prefix] ?? []) {
    const found = store[name].get(id);
    if (found !== undefined && 'object' in found) return found;
  }
  // Callers can choose the ids of products, coupons and plans, so these have no fixed prefix.
  return store.products.get(id) ?? store.coupons.get(id) ?? store.prices.get(id);
}
