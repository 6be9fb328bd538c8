/** Creates and updates payment links, and opens the Checkout session of a visit. */
import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { createSession } from '../checkout/checkout-create.ts';
import type { Price } from '../model/catalog.ts';
import type { CheckoutSession, OrderLine } from '../model/checkout.ts';
import type { PaymentLink } from '../model/payment-link.ts';
import type { FormObject } from '../protocol/form.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { automaticTaxIn } from '../taxes/automatic-tax.ts';
import { add, change } from '../world/records.ts';
import { DEFAULT_API_VERSION, type World } from '../world/world.ts';

const MAX_LINES = 20;
const submitTypes = ['auto', 'book', 'donate', 'pay', 'subscribe'] as const;

export function getPaymentLink(world: World, id: string): PaymentLink {
  const link = world.store.paymentLinks.get(id);
  if (link === undefined) throw notFound('payment_link', id);
  return link;
}

export function createPaymentLink(world: World, { params }: ApiRequest): PaymentLink {
  const lines = linesOf(world, params);
  const id = world.ids.next('plink_');
  const recurs = lines.some(({ price }) => price.recurring !== null);
  const tax = automaticTaxIn(params) ?? false;
  const row: PaymentLink = {
    id,
    object: 'payment_link',
    active: true,
    after_completion: { hosted_confirmation: { custom_message: null }, type: 'hosted_confirmation' },
    allow_promotion_codes: false,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: tax, liability: tax ? { type: 'self' } : null },
    billing_address_collection: 'auto',
    consent_collection: null,
    currency: lines[0]?.price.currency ?? 'usd',
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer_creation: recurs ? 'always' : 'if_required',
    inactive_message: null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    on_behalf_of: null,
    payment_intent_data: null,
    payment_method_collection: 'always',
    payment_method_options: null,
    payment_method_types: null,
    phone_number_collection: { enabled: false },
    restrictions: null,
    shipping_address_collection: null,
    shipping_options: [],
    submit_type: params.oneOf('submit_type', submitTypes) ?? 'auto',
    subscription_data: recurs ? subscriptionData(params.object('subscription_data')) : null,
    tax_id_collection: { enabled: false, required: 'never' },
    transfer_data: null,
    url: `${world.baseUrl()}/b/${id}`,
  };
  world.store.paymentLinkOrders.put({ id, lines });
  return add(world, world.store.paymentLinks, {
    row: { ...row, ...linkPatch(params, row) },
    event: 'payment_link.created',
  });
}

function linesOf(world: World, params: Params): OrderLine[] {
  const entries = params.objects('line_items') ?? [];
  if (entries.length === 0) throw missingParameter('line_items');
  if (entries.length > MAX_LINES) {
    throw invalidRequest({
      message: `A payment link can have up to ${MAX_LINES} line items.`,
      param: 'line_items',
    });
  }
  return entries.map((entry) => {
    const price = priceOf(world, entry);
    const description = world.store.products.get(price.product)?.name ?? price.product;
    return { id: world.ids.next('li_'), price, quantity: entry.integer('quantity') ?? 1, description };
  });
}

function priceOf(world: World, entry: Params): Price {
  const data = entry.object('price_data');
  return data === undefined
    ? resolvePrice(world, entry.required('price'), entry.nameOf('price'))
    : createPrice(world, data);
}

function subscriptionData(params: Params | undefined): PaymentLink['subscription_data'] {
  const missing = params
    ?.object('trial_settings')
    ?.object('end_behavior')
    ?.oneOf<'cancel' | 'create_invoice' | 'pause'>('missing_payment_method', [
      'cancel',
      'create_invoice',
      'pause',
    ]);
  return {
    description: params?.string('description') ?? null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    metadata: mergeMetadata({}, params),
    trial_period_days: params?.integer('trial_period_days') ?? null,
    trial_settings: missing === undefined ? null : { end_behavior: { missing_payment_method: missing } },
  };
}

function linkPatch(params: Params, current: PaymentLink): Partial<PaymentLink> {
  const patch: Partial<PaymentLink> = { metadata: mergeMetadata(current.metadata, params) };
  const active = params.boolean('active');
  if (active !== undefined) patch.active = active;
  const codes = params.boolean('allow_promotion_codes');
  if (codes !== undefined) patch.allow_promotion_codes = codes;
  const message = params.nullable('inactive_message');
  if (message !== undefined) patch.inactive_message = message;
  const collection = params.oneOf('payment_method_collection', ['always', 'if_required']);
  if (collection !== undefined) patch.payment_method_collection = collection;
  const creation = params.oneOf('customer_creation', ['always', 'if_required']);
  if (creation !== undefined) patch.customer_creation = creation;
  const after = params.object('after_completion');
  if (after !== undefined) patch.after_completion = afterCompletion(after);
  return patch;
}

function afterCompletion(params: Params): PaymentLink['after_completion'] {
  if (params.oneOf('type', ['hosted_confirmation', 'redirect']) === 'redirect') {
    const redirect = params.object('redirect');
    if (redirect === undefined) throw missingParameter(params.nameOf('redirect'));
    return { redirect: { url: redirect.required('url') }, type: 'redirect' };
  }
  const message = params.object('hosted_confirmation')?.string('custom_message') ?? null;
  return { hosted_confirmation: { custom_message: message }, type: 'hosted_confirmation' };
}

export function updatePaymentLink(world: World, { id, params }: ApiRequest): PaymentLink {
  const patch = linkPatch(params, getPaymentLink(world, id));
  return change(world, world.store.paymentLinks, { id, patch, event: 'payment_link.updated' });
}

/** Opens the Checkout session of a visit. */
export function visitPaymentLink(world: World, link: PaymentLink): CheckoutSession {
  const lines = world.store.paymentLinkOrders.get(link.id)?.lines ?? [];
  const params = new Params(sessionParams(world, link, lines));
  const request = { id: '', subId: '', path: '', params, version: DEFAULT_API_VERSION };
  const { id } = createSession(world, request);
  return change(world, world.store.checkoutSessions, {
    id,
    patch: { payment_link: link.id, metadata: link.metadata },
  });
}

function sessionParams(world: World, link: PaymentLink, lines: readonly OrderLine[]): FormObject {
  const recurs = lines.some(({ price }) => price.recurring !== null);
  const days = link.subscription_data?.trial_period_days ?? null;
  const confirmation = `${world.baseUrl()}/c/pay/{CHECKOUT_SESSION_ID}`;
  return {
    mode: recurs ? 'subscription' : 'payment',
    success_url: link.after_completion.redirect?.url ?? confirmation,
    allow_promotion_codes: String(link.allow_promotion_codes),
    automatic_tax: { enabled: String(link.automatic_tax.enabled) },
    payment_method_collection: link.payment_method_collection,
    ...(recurs ? {} : { customer_creation: link.customer_creation }),
    line_items: lines.map(({ price, quantity }) =>
      price.recurring?.usage_type === 'metered'
        ? { price: price.id }
        : { price: price.id, quantity: String(quantity) },
    ),
    ...(days === null ? {} : { subscription_data: { trial_period_days: String(days) } }),
  };
}
