/** `POST /v1/checkout/sessions`: parses the line items and terms, and stores the session. */

import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { checkCurrency } from '../customers/customer-currency.ts';
import { resolveCustomer } from '../customers/customers.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { Price } from '../model/catalog.ts';
import type { CheckoutOrder, CheckoutSession, OrderLine } from '../model/checkout.ts';
import { hasDahliaUiModes } from '../protocol/api-version.ts';
import { checkUrl } from '../protocol/limited-text.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { currentUiMode } from '../render/checkout-names.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';
import { priceSession } from './checkout-amounts.ts';
import { collectionOf, updateOf } from './checkout-collection.ts';
import { discountsOf } from './checkout-discounts.ts';
import {
  checkModeData,
  invoiceTerms,
  methodTypesOf,
  openSetup,
  paymentTerms,
  subscriptionTerms,
} from './checkout-mode-terms.ts';
import { automaticTaxOf, sessionTax } from './checkout-terms.ts';
import { locales } from './locales.ts';

const DAY_SECONDS = 24 * 3600;
const MIN_EXPIRY_SECONDS = 30 * 60;
const MAX_REFERENCE_LENGTH = 200;
const MAX_LINES = 40;

export function createSession(world: World, request: ApiRequest): CheckoutSession {
  const { params } = request;
  const mode = params.oneOf('mode', ['payment', 'setup', 'subscription']);
  if (mode === undefined) throw missingParameter('mode');
  rejectConflictingParams(request);
  const uiMode = uiModeOf(request);
  checkAddresses(params, uiMode);
  const customer = params.string('customer');
  if (customer !== undefined) resolveCustomer(world, customer);
  for (const name of ['success_url', 'cancel_url', 'return_url']) checkUrl(params, name, { opensApps: true });
  checkModeData(params, mode);
  const subscription = subscriptionTerms(world, params.object('subscription_data'));
  const lines = mode === 'setup' ? [] : orderLines(world, params, mode);
  if (mode === 'subscription' && customer !== undefined) {
    for (const { price } of lines) checkCurrency(world, customer, price.currency);
  }
  const id = world.ids.next('cs_test_');
  const currency = lines[0]?.price.currency ?? params.string('currency') ?? null;
  const discounts = discountsOf(world, params, { currency: currency ?? 'usd', customer: customer ?? null });
  const automaticTax = automaticTaxOf(world, params, customer);
  const payment = paymentTerms(params);
  const invoice = invoiceTerms(params, mode);
  const billed = invoice === undefined ? {} : { invoice };
  const order = {
    id,
    lines,
    subscription,
    payment,
    discounts,
    automaticTax,
    saves: updateOf(params),
    ...billed,
  };
  const session: CheckoutSession = {
    ...sessionOf(world, params, { id, mode }),
    automatic_tax: sessionTax(world, automaticTax, customer),
    discounts: params.has('discounts') ? discounts : null,
    currency,
    customer: customer ?? null,
    invoice_creation: invoiceCreationOf(mode, invoice),
    payment_method_types: methodTypesOf(request, currency),
    setup_intent: mode === 'setup' ? openSetup(world, params) : null,
    client_secret: uiMode === 'hosted_page' ? null : `${id}_secret_${world.ids.next('secret_').slice(7)}`,
    ui_mode: uiMode,
    url: uiMode === 'hosted_page' ? `${world.baseUrl()}/c/pay/${id}` : null,
  };
  return world.store.checkoutSessions.put({ ...session, ...priceSession(world, session, order) });
}

function invoiceCreationOf(mode: CheckoutSession['mode'], invoice: CheckoutOrder['invoice']): object | null {
  if (mode !== 'payment') return null;
  return {
    enabled: invoice !== undefined,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: invoice?.description ?? null,
      footer: null,
      issuer: null,
      metadata: invoice?.metadata ?? {},
      rendering_options: null,
    },
  };
}

const redirectChoices = ['always', 'if_required', 'never'] as const;

function sessionOf(
  world: World,
  params: Params,
  { id, mode }: Pick<CheckoutSession, 'id' | 'mode'>,
): CheckoutSession {
  const email = params.string('customer_email') ?? null;
  return {
    id,
    object: 'checkout.session',
    allow_promotion_codes: params.boolean('allow_promotion_codes') ?? null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    ...collectionOf(world, params, mode),
    cancel_url: params.string('cancel_url') ?? null,
    client_reference_id: params.string('client_reference_id') ?? null,
    client_secret: null,
    created: world.seconds(),
    currency: null,
    custom_fields: [],
    customer: null,
    customer_account: null,
    customer_creation: params.has('customer') ? null : customerCreationOf(params, mode),
    customer_details:
      email === null
        ? null
        : { address: null, email, name: null, phone: null, tax_exempt: 'none', tax_ids: null },
    customer_email: email,
    discounts: null,
    expires_at: expiryOf(world, params),
    invoice: null,
    invoice_creation: null,
    livemode: false,
    consent: null,
    locale: params.oneOf('locale', locales) ?? null,
    metadata: mergeMetadata({}, params),
    mode,
    payment_intent: null,
    payment_link: null,
    payment_method_types: ['card'],
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    redirect_on_completion: params.oneOf('redirect_on_completion', redirectChoices) ?? null,
    return_url: params.string('return_url') ?? null,
    setup_intent: null,
    status: 'open',
    submit_type: params.string('submit_type') ?? null,
    subscription: null,
    success_url: params.string('success_url') ?? null,
    total_details: null,
    ui_mode: 'hosted_page',
    url: null,
  };
}

function customerCreationOf(params: Params, mode: CheckoutSession['mode']): 'always' | 'if_required' {
  const requested = params.oneOf('customer_creation', ['always', 'if_required']);
  if (requested !== undefined && mode === 'subscription') {
    throw invalidRequest({
      message: '`customer_creation` can only be used in `payment` and `setup` mode.',
      param: 'customer_creation',
    });
  }
  const hasInvoice = params.object('invoice_creation')?.boolean('enabled') === true;
  return requested ?? (mode === 'subscription' || hasInvoice ? 'always' : 'if_required');
}

function rejectConflictingParams({ params }: ApiRequest): void {
  const rejectBoth = (a: string, b: string) => {
    if (!params.has(a) || !params.has(b)) return;
    throw invalidRequest({ message: `You may only specify one of these parameters: ${a}, ${b}.`, param: b });
  };
  rejectBoth('customer', 'customer_email');
  rejectBoth('customer', 'customer_creation');
  rejectBoth('allow_promotion_codes', 'discounts');
  if ((params.string('client_reference_id')?.length ?? 0) > MAX_REFERENCE_LENGTH) {
    const message = `Invalid string: must be at most ${MAX_REFERENCE_LENGTH} characters`;
    throw invalidRequest({ message, param: 'client_reference_id' });
  }
}

function uiModeOf({ params, version }: ApiRequest): CheckoutSession['ui_mode'] {
  const names = ['hosted_page', 'embedded_page', 'elements'] as const;
  if (hasDahliaUiModes(version)) return params.oneOf('ui_mode', names) ?? 'hosted_page';
  const given = params.oneOf('ui_mode', ['hosted', 'embedded', 'custom']) ?? 'hosted';
  return names.find((name) => name === currentUiMode(given)) ?? 'hosted_page';
}

/** A hosted page returns to `success_url`, and an embedded one to `return_url`. */
function checkAddresses(params: Params, uiMode: CheckoutSession['ui_mode']): void {
  if (uiMode === 'hosted_page') {
    if (!params.has('success_url')) throw missingParameter('success_url');
    return;
  }
  const hosted = ['success_url', 'cancel_url'].find((name) => params.has(name));
  if (hosted !== undefined) {
    const message = `\`${hosted}\` can only be used with a hosted page. Use \`return_url\` instead.`;
    throw invalidRequest({ message, param: hosted });
  }
  const returns = uiMode === 'elements' || params.string('redirect_on_completion') !== 'never';
  if (returns && !params.has('return_url')) throw missingParameter('return_url');
}

function expiryOf(world: World, params: Params): number {
  const now = world.seconds();
  const given = params.integer('expires_at') ?? now + DAY_SECONDS;
  if (given >= now + MIN_EXPIRY_SECONDS && given <= now + DAY_SECONDS) return given;
  throw invalidRequest({
    message:
      'The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.',
    param: 'expires_at',
  });
}

function orderLines(world: World, params: Params, mode: 'payment' | 'subscription'): OrderLine[] {
  const items = params.objects('line_items');
  if (items === undefined || items.length === 0) throw missingParameter('line_items');
  if (items.length > MAX_LINES)
    throw invalidRequest({ message: 'Too many line items.', param: 'line_items' });
  const lines = items.map((item) => orderLine(world, item));
  const recurring = lines.filter((line) => line.price.recurring !== null);
  if (mode === 'subscription' && recurring.length === 0) {
    const message = 'You must provide at least one recurring price in `subscription` mode when using prices.';
    throw invalidRequest({ message, param: 'line_items' });
  }
  if (mode === 'payment' && recurring.length > 0) {
    const message =
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.';
    throw invalidRequest({ message, param: 'line_items' });
  }
  return lines;
}

function orderLine(world: World, item: Params): OrderLine {
  const data = item.object('price_data');
  const price =
    data === undefined
      ? resolvePrice(world, item.required('price'), item.nameOf('price'))
      : createPrice(world, data);
  if (!price.active) {
    const message = 'The price specified is inactive. This field only accepts active prices.';
    throw invalidRequest({ message, param: item.nameOf('price') });
  }
  const product = world.store.products.get(price.product);
  if (product?.active === false) {
    const message = `Price \`${price.id}\` is not available to be purchased because its product is not active.`;
    throw invalidRequest({ message, param: item.nameOf('price') });
  }
  const description = product?.name ?? price.product;
  const taxRates = taxRatesOf(world, item, 'tax_rates') ?? [];
  return { id: world.ids.next('li_'), price, quantity: quantityOf(item, price), description, taxRates };
}

/** A licensed price needs a quantity, and a metered one must not have one. */
function quantityOf(item: Params, price: Price): number {
  const name = item.nameOf('quantity').replace('[quantity]', '');
  const quantity = item.integer('quantity');
  const metered = isMetered(price);
  if (metered && quantity !== undefined) {
    throw invalidRequest({
      message: `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${name}\``,
      param: item.nameOf('quantity'),
    });
  }
  if (!metered && quantity === undefined) {
    throw invalidRequest({
      message: `Quantity is required. Add \`quantity\` to \`${name}\``,
      param: item.nameOf('quantity'),
    });
  }
  return quantity ?? 0;
}
