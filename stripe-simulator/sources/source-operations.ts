/** Cards of customers as sources, and tokens for them, as integrations use them that are older than payment methods. */
import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { CardSource } from '../model/source.ts';
import { methodFrom, resolveMethod, testCardIn } from '../payments/method-params.ts';
import { createPaymentMethod } from '../payments/method-records.ts';
import { attachPaymentMethod, detachPaymentMethod } from '../payments/payment-methods.ts';
import { cardSourceOf, methodIdOf, methodOfSource } from '../payments/source-methods.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

function shown(method: PaymentMethod): CardSource {
  const source = cardSourceOf(method);
  if (source === undefined) throw notFound('source', method.id);
  return source;
}

export function addSource(world: World, { id, params }: ApiRequest): CardSource {
  const customer = resolveCustomer(world, id);
  const method = methodOfSource(world, params.required('source'), 'source');
  const attached = attachPaymentMethod(world, { id: method.id, customer: customer.id });
  const { metadata } = attached;
  world.store.paymentMethods.put({ ...attached, metadata: mergeMetadata(metadata, params) });
  const source = shown(world.store.paymentMethods.get(attached.id) ?? attached);
  emit(world, 'customer.source.created', { object: source });
  const settings = customer.invoice_settings;
  if (settings.default_payment_method === null) {
    change(world, world.store.customers, {
      id,
      patch: { invoice_settings: { ...settings, default_payment_method: attached.id } },
      event: 'customer.updated',
    });
  }
  return source;
}

function sourceMethod(world: World, { id, subId }: ApiRequest): PaymentMethod {
  const method = world.store.paymentMethods.get(methodIdOf(subId));
  if (method?.customer !== id) throw notFound('source', subId);
  return method;
}

export function getSource(world: World, request: ApiRequest): CardSource {
  return shown(sourceMethod(world, request));
}

export function listSources(world: World, { id, path }: ApiRequest): object {
  const { id: customer } = resolveCustomer(world, id);
  const data = world.store.paymentMethods
    .where('customer', customer)
    .reverse()
    .flatMap((method) => cardSourceOf(method) ?? []);
  return { object: 'list', data, has_more: false, url: path };
}

export function updateSource(world: World, request: ApiRequest): CardSource {
  const { params } = request;
  const method = sourceMethod(world, request);
  const name = params.nullable('name');
  const before = shown(method);
  const card = method.card && {
    ...method.card,
    exp_month: params.integer('exp_month') ?? method.card.exp_month,
    exp_year: params.integer('exp_year') ?? method.card.exp_year,
  };
  const after = world.store.paymentMethods.put({
    ...method,
    ...(card === undefined ? {} : { card }),
    billing_details: { ...method.billing_details, ...(name === undefined ? {} : { name }) },
    metadata: mergeMetadata(method.metadata, params),
  });
  const source = shown(after);
  emit(world, 'customer.source.updated', { object: source, previous: before });
  return source;
}

export function deleteSource(world: World, request: ApiRequest): object {
  const method = sourceMethod(world, request);
  const source = shown(method);
  detachPaymentMethod(world, method);
  emit(world, 'customer.source.deleted', { object: source });
  return { id: source.id, object: 'card', deleted: true };
}

export function createToken(world: World, { params }: ApiRequest): object {
  const card = params.object('card');
  if (card === undefined) throw missingParameter('card');
  const month = card.integer('exp_month');
  const year = card.integer('exp_year');
  card.string('cvc');
  const method = createPaymentMethod(world, {
    card: testCardIn(card),
    billingDetails: { name: card.string('name') ?? null },
    ...(month !== undefined && year !== undefined ? { expiry: { month, year } } : {}),
  });
  const row = world.store.tokens.put({
    id: world.ids.next('tok_'),
    method: method.id,
    created: world.seconds(),
    used: false,
  });
  return tokenOf(row, method);
}

export function getToken(world: World, { id }: ApiRequest): object {
  const row = world.store.tokens.get(id);
  const method = world.store.paymentMethods.get(row?.method ?? '');
  if (row === undefined || method === undefined) throw notFound('token', id);
  return tokenOf(row, method);
}

function tokenOf(
  { id, created, used }: { id: string; created: number; used: boolean },
  method: PaymentMethod,
): object {
  return {
    id,
    object: 'token',
    card: cardSourceOf(method),
    client_ip: null,
    created,
    livemode: false,
    type: 'card',
    used,
  };
}

const CONFIRMATION_SECONDS = 12 * 3600;

/** What Stripe's script collects on the page, for a confirmation on the server. */
export function createConfirmationToken(world: World, { params }: ApiRequest): object {
  const method = confirmedMethod(world, params);
  const id = world.ids.next('ctoken_');
  const created = world.seconds();
  world.store.confirmationTokens.put({ id, method: method.id, created, used: false });
  const { type, card, billing_details, sepa_debit, us_bank_account } = method;
  return {
    id,
    object: 'confirmation_token',
    created,
    expires_at: created + CONFIRMATION_SECONDS,
    livemode: false,
    mandate_data: null,
    metadata: {},
    payment_intent: null,
    payment_method_options: null,
    payment_method_preview: {
      type,
      billing_details,
      card,
      customer: null,
      customer_account: null,
      sepa_debit,
      us_bank_account,
    },
    return_url: params.string('return_url') ?? null,
    setup_future_usage: params.oneOf('setup_future_usage', ['off_session', 'on_session']) ?? null,
    setup_intent: null,
    shipping: params.has('shipping') ? params.raw('shipping') : null,
    use_stripe_sdk: true,
  };
}

function confirmedMethod(world: World, params: Params): PaymentMethod {
  const data = params.object('payment_method_data');
  if (data !== undefined) return methodFrom(world, data);
  const id = params.string('payment_method');
  if (id !== undefined) return resolveMethod(world, id);
  throw invalidRequest({
    message: 'Missing required param: payment_method_data.',
    code: 'parameter_missing',
    param: 'payment_method_data',
  });
}
