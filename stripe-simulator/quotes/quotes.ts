/** Creates, updates, finalizes and cancels quotes. */

import { checkCurrency } from '../customers/customer-currency.ts';
import { resolveCustomer } from '../customers/customers.ts';
import { planDiscounts, readDiscounts, redeem } from '../discounts/redemption.ts';
import type { Quote } from '../model/quote.ts';
import { defaultBillingMode } from '../protocol/api-version.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import { automaticTaxIn, automaticTaxOf } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { quoteAmounts } from './quote-amounts.ts';
import { quoteLines } from './quote-lines.ts';

const DAY_SECONDS = 24 * 3600;
const DEFAULT_DAYS = 30;

export function getQuote(world: World, id: string): Quote {
  const quote = world.store.quotes.get(id);
  if (quote === undefined) throw notFound('quote', id);
  return quote;
}

export function createQuote(world: World, request: ApiRequest): Quote {
  const { params } = request;
  const blank = blankQuote(world, request);
  const lines = quoteLines(world, params) ?? [];
  world.store.quoteOrders.put({ id: blank.id, lines });
  const bare = { ...blank, currency: lines[0]?.price.currency ?? null };
  const quote = { ...bare, ...quotePatch(world, params, bare) };
  const row = { ...quote, ...quoteAmounts(world, quote, lines) };
  return add(world, world.store.quotes, { row, event: 'quote.created' });
}

const nothing = { amount_discount: 0, amount_shipping: 0, amount_tax: 0 };

function blankQuote(world: World, { params, version }: ApiRequest): Quote {
  const now = world.seconds();
  const flexible = defaultBillingMode(version);
  const mode =
    params.object('subscription_data')?.object('billing_mode')?.oneOf('type', ['classic', 'flexible']) ??
    flexible;
  return {
    id: world.ids.next('qt_'),
    object: 'quote',
    amount_subtotal: 0,
    amount_total: 0,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    collection_method: 'charge_automatically',
    computed: {
      recurring: null,
      upfront: { amount_subtotal: 0, amount_total: 0, total_details: nothing },
    },
    created: now,
    currency: null,
    customer: null,
    customer_account: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    expires_at: now + DEFAULT_DAYS * DAY_SECONDS,
    footer: null,
    from_quote: null,
    header: null,
    invoice: null,
    invoice_settings: {
      custom_fields: null,
      days_until_due: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    livemode: false,
    metadata: {},
    number: null,
    on_behalf_of: null,
    status: 'draft',
    status_transitions: { accepted_at: null, canceled_at: null, finalized_at: null },
    subscription: null,
    subscription_data: {
      billing_mode:
        mode === 'flexible' ? { flexible: { proration_discounts: 'included' }, type: mode } : { type: mode },
      description: null,
      effective_date: null,
      metadata: {},
      trial_period_days: null,
    },
    subscription_schedule: null,
    test_clock: null,
    total_details: nothing,
    transfer_data: null,
  };
}

function quotePatch(world: World, params: Params, current: Quote): Partial<Quote> {
  const patch: Partial<Quote> = { metadata: mergeMetadata(current.metadata, params) };
  for (const name of ['description', 'footer', 'header'] as const) {
    const value = params.nullable(name);
    if (value !== undefined) patch[name] = value;
  }
  const customer = params.string('customer');
  if (customer !== undefined) {
    patch.customer = customer;
    patch.test_clock = resolveCustomer(world, customer).test_clock;
  }
  const expires = params.integer('expires_at');
  if (expires !== undefined) patch.expires_at = expires;
  const collection = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  if (collection !== undefined) patch.collection_method = collection;
  const days = params.object('invoice_settings')?.integer('days_until_due');
  if (days !== undefined) patch.invoice_settings = { ...current.invoice_settings, days_until_due: days };
  const data = params.object('subscription_data');
  if (data !== undefined) patch.subscription_data = subscriptionData(data, current);
  return { ...patch, ...taxAndDiscounts(world, params, { ...current, ...patch }) };
}

function subscriptionData(data: Params, { subscription_data: current }: Quote): Quote['subscription_data'] {
  const description = data.nullable('description');
  const days = data.integer('trial_period_days');
  return {
    ...current,
    description: description === undefined ? current.description : description,
    effective_date: data.integer('effective_date') ?? current.effective_date,
    metadata: mergeMetadata(current.metadata ?? {}, data),
    trial_period_days: days ?? current.trial_period_days,
  };
}

function taxAndDiscounts(world: World, params: Params, current: Quote): Partial<Quote> {
  const patch: Partial<Quote> = {};
  const rates = taxRatesOf(world, params, 'default_tax_rates');
  if (rates !== undefined) patch.default_tax_rates = rates.map(({ id }) => id);
  const enabled = automaticTaxIn(params);
  if (enabled !== undefined) {
    const { liability, provider, status } = automaticTaxOf(world, {
      customer: current.customer ?? '',
      enabled,
    });
    patch.automatic_tax = { enabled, liability, provider, status };
  }
  const { customer, currency } = current;
  const purchase = { customer, ...(currency === null ? {} : { currency }) };
  const redeemables = readDiscounts(world, params, purchase);
  if (redeemables !== undefined) {
    const planned = planDiscounts(world, redeemables, { customer });
    redeem(world, planned);
    patch.discounts = planned.map(({ discount }) => discount.id);
  }
  return patch;
}

export function updateQuote(world: World, { id, params }: ApiRequest): Quote {
  const current = requireStatus(getQuote(world, id), ['draft', 'open'], 'updated');
  const lines = quoteLines(world, params) ?? world.store.quoteOrders.get(id)?.lines ?? [];
  world.store.quoteOrders.put({ id, lines });
  const bare = { ...current, currency: lines[0]?.price.currency ?? null };
  const quote = { ...bare, ...quotePatch(world, params, bare) };
  const patch = { ...quote, ...quoteAmounts(world, quote, lines) };
  // Stripe has no event for it.
  return change(world, world.store.quotes, { id, patch });
}

export function finalizeQuote(world: World, { id, params }: ApiRequest): Quote {
  const current = requireStatus(getQuote(world, id), ['draft'], 'finalized');
  const lines = world.store.quoteOrders.get(id)?.lines ?? [];
  if (lines.length === 0) {
    throw invalidRequest({ message: 'You cannot finalize a quote without line items.' });
  }
  if (current.customer === null) {
    throw invalidRequest({ message: 'You cannot finalize a quote without a customer.', param: 'customer' });
  }
  checkCurrency(world, current.customer, current.currency ?? 'usd');
  return change(world, world.store.quotes, {
    id,
    patch: {
      expires_at: params.integer('expires_at') ?? current.expires_at,
      number: `QT-${current.id.slice(-8).toUpperCase()}-1`,
      status: 'open',
      status_transitions: { ...current.status_transitions, finalized_at: world.seconds() },
    },
    event: 'quote.finalized',
  });
}

export function cancelQuote(world: World, { id }: ApiRequest): Quote {
  const current = requireStatus(getQuote(world, id), ['draft', 'open'], 'canceled');
  return change(world, world.store.quotes, {
    id,
    patch: {
      status: 'canceled',
      status_transitions: { ...current.status_transitions, canceled_at: world.seconds() },
    },
    event: 'quote.canceled',
  });
}

export function requireStatus(quote: Quote, statuses: readonly Quote['status'][], action: string): Quote {
  if (statuses.includes(quote.status)) return quote;
  throw invalidRequest({
    message: `This quote cannot be ${action}: its status is \`${quote.status}\`, and must be ${statuses.map((one) => `\`${one}\``).join(' or ')}.`,
  });
}
