/** The acceptance of a quote: it becomes a subscription, a schedule that starts one later, or an invoice. */
import { resolveCustomer } from '../customers/customers.ts';
import type { Redeemable } from '../discounts/redemption.ts';
import { draftInvoice } from '../invoices/invoice-draft.ts';
import { itemOfPrice } from '../invoices/invoice-item-record.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Quote, QuoteLine } from '../model/quote.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { SubscriptionInput } from '../subscriptions/new-subscription.ts';
import { startSubscription } from '../subscriptions/subscription-start.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { getQuote, requireStatus } from './quotes.ts';

const DAY_SECONDS = 24 * 3600;

export function acceptQuote(world: World, { id }: ApiRequest): Quote {
  const quote = requireStatus(getQuote(world, id), ['open'], 'accepted');
  if (quote.expires_at <= world.seconds()) {
    throw invalidRequest({ message: 'This quote has expired, and cannot be accepted any more.' });
  }
  const lines = world.store.quoteOrders.get(id)?.lines ?? [];
  const customer = quote.customer ?? '';
  const isRecurring = lines.some(({ price }) => price.recurring !== null);
  // First the quote: what is open binds the currency of the customer.
  change(world, world.store.quotes, { id, patch: { status: 'accepted' } });
  const created = isRecurring
    ? subscribe(world, { quote, lines, customer })
    : { invoice: invoiceFor(world, { quote, lines, customer }) };
  return change(world, world.store.quotes, {
    id,
    patch: {
      ...created,
      status_transitions: { ...quote.status_transitions, accepted_at: world.seconds() },
    },
    event: 'quote.accepted',
  });
}

interface Accepted {
  readonly quote: Quote;
  readonly lines: readonly QuoteLine[];
  readonly customer: string;
}

/** The first invoice of a quote stays a draft for an hour, as that of a schedule does. */
function subscribe(world: World, accepted: Accepted): Pick<Quote, 'invoice' | 'subscription'> {
  const subscription = startSubscription(world, subscriptionOf(world, accepted));
  return { subscription: subscription.id, invoice: subscription.latest_invoice };
}

function subscriptionOf(world: World, { quote, lines, customer }: Accepted): SubscriptionInput {
  const data = quote.subscription_data;
  const method = defaultPaymentMethod(world, { customer });
  const days = data.trial_period_days ?? 0;
  return {
    customer: resolveCustomer(world, customer),
    items: lines
      .filter(({ price }) => price.recurring !== null)
      .map(({ price, quantity, taxRates }) => ({
        price,
        quantity: price.recurring?.usage_type === 'metered' ? undefined : quantity,
        metadata: {},
        taxRates,
      })),
    metadata: data.metadata ?? {},
    trialEnd: days > 0 ? world.seconds() + days * DAY_SECONDS : null,
    paymentBehavior: 'default_incomplete',
    collectionMethod: quote.collection_method,
    daysUntilDue: quote.invoice_settings.days_until_due,
    ownMethod: undefined,
    method,
    authenticated: false,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    missingPaymentMethod: 'create_invoice',
    billingMode: data.billing_mode.type,
    anchor: null,
    description: data.description ?? quote.description,
    paymentSettings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    automaticTax: quote.automatic_tax.enabled,
    defaultTaxRates: ratesOf(world, quote),
    discounts: takenOverFrom(world, quote),
    oneTimeItems: oneTimeItems(world, { lines, customer }),
    waitsAsDraft: true,
  };
}

function ratesOf(world: World, { default_tax_rates: ids }: Quote) {
  return ids.map((id) => world.store.taxRates.get(id)).filter((rate) => rate !== undefined);
}

function takenOverFrom(world: World, { discounts }: Quote): readonly Redeemable[] {
  return discounts.flatMap((id) => {
    const coupon = world.store.redeemedCoupons.get(id)?.coupon;
    return coupon === undefined ? [] : [{ coupon, promotionCode: null, existing: id }];
  });
}

function oneTimeItems(
  world: World,
  { lines, customer }: Pick<Accepted, 'customer' | 'lines'>,
): InvoiceItem[] {
  return lines
    .filter(({ price }) => price.recurring === null)
    .map(({ price, quantity, description, taxRates }) =>
      itemOfPrice(world, price, { customer, quantity, description, tax_rates: taxRates }),
    );
}

function invoiceFor(world: World, { quote, lines, customer }: Accepted): string {
  const pendingItems = oneTimeItems(world, { lines, customer });
  for (const row of pendingItems) add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  const invoice = draftInvoice(world, {
    customer,
    billingReason: 'quote_accept',
    currency: quote.currency ?? 'usd',
    pendingItems,
    collectionMethod: quote.collection_method,
    daysUntilDue: quote.invoice_settings.days_until_due,
    description: quote.description,
    discounts: quote.discounts,
    taxRates: ratesOf(world, quote),
    automaticTax: quote.automatic_tax.enabled,
    quote: quote.id,
  });
  return invoice.id;
}
