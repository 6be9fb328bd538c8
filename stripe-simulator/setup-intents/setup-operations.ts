/** Creates, confirms, updates, verifies and cancels setup intents. */
import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentMethod, SetupIntent } from '../model/payment.ts';
import { namesDeposits, wrongDeposits } from '../payment-intents/intent-authentication.ts';
import { needsMicrodeposits } from '../payment-intents/intent-confirm.ts';
import { checkSecret, getSetupIntent } from '../payment-intents/intent-lookup.ts';
import { methodIn } from '../payment-intents/intent-method.ts';
import { acceptedMethods } from '../payments/method-types.ts';
import { askForAuthentication, askForMicrodeposits } from '../payments/next-actions.ts';
import { cardError } from '../payments/payment-methods.ts';
import { completeSetup, failSetup, openSetupIntent } from '../payments/setup-intents.ts';
import { cardEndingIn } from '../payments/test-cards.ts';
import { checkUrl } from '../protocol/limited-text.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, type StripeError } from '../protocol/stripe-error.ts';
import { render } from '../render/render.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function createSetup(world: World, request: ApiRequest): SetupIntent {
  const { params } = request;
  const id = params.string('customer');
  const customer = id === undefined ? null : resolveCustomer(world, id).id;
  const confirms = params.boolean('confirm') === true;
  checkReturnUrl(request, confirms);
  const { types, automatic } = acceptedMethods(request, null);
  const owner = { object: 'setup_intent', customer, payment_method_types: types } as const;
  const method = methodIn(world, params, owner);
  const intent = openSetupIntent(
    world,
    { customer, method, metadata: mergeMetadata({}, params) },
    {
      automatic_payment_methods: automatic,
      description: params.string('description') ?? null,
      payment_method_options: params.has('payment_method_options')
        ? params.raw('payment_method_options')
        : null,
      payment_method_types: types,
      usage: params.oneOf('usage', ['off_session', 'on_session']) ?? 'off_session',
    },
  );
  return confirms ? confirm(world, request, intent) : intent;
}

/** A browser would need an address to return to from a payment method that redirects. */
function checkReturnUrl({ params }: ApiRequest, confirms: boolean): void {
  checkUrl(params, 'return_url');
  const automatic = params.object('automatic_payment_methods');
  const redirects = automatic?.boolean('enabled') === true && automatic.string('allow_redirects') !== 'never';
  if (!confirms || !redirects || params.has('return_url') || params.boolean('use_stripe_sdk') === true)
    return;
  throw invalidRequest({
    message:
      'This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don’t want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.',
  });
}

type Status = SetupIntent['status'];
const open: readonly Status[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

function checkOpen(world: World, request: ApiRequest, verb: string): SetupIntent {
  const intent = checkSecret(request, getSetupIntent(world, request.id));
  if (open.includes(intent.status)) return intent;
  throw unexpected(
    request,
    { world, intent },
    `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}.`,
  );
}

export function confirmSetup(world: World, request: ApiRequest): SetupIntent {
  return confirm(world, request, checkOpen(world, request, 'confirm'));
}

function confirm(world: World, request: ApiRequest, intent: SetupIntent): SetupIntent {
  const { params } = request;
  checkUrl(params, 'return_url');
  // An agreement to be debited, which the simulator takes as given.
  params.raw('mandate_data');
  const method =
    methodIn(world, params, intent) ?? world.store.paymentMethods.get(intent.payment_method ?? '');
  if (method === undefined) {
    throw unexpected(
      request,
      { world, intent },
      "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a payment method and then confirm it again.",
    );
  }
  const card = cardEndingIn(method.card?.last4);
  if (card !== undefined && !card.attaches && typeof card.charge === 'object') {
    const failed = failSetup(world, intent, { method, decline: card.charge });
    const reader = { version: request.version, store: world.store };
    throw cardError(card.charge, {
      payment_method: render(method, reader),
      setup_intent: render(failed, reader),
    });
  }
  const nextAction = nextActionOf(world, request, { intent, method });
  if (nextAction === undefined) return completeSetup(world, intent, method);
  return change(world, world.store.setupIntents, {
    id: intent.id,
    patch: { next_action: nextAction, payment_method: method.id, status: 'requires_action' },
    event: 'setup_intent.requires_action',
  });
}

function nextActionOf(
  world: World,
  { params }: ApiRequest,
  { intent, method }: { intent: SetupIntent; method: PaymentMethod },
): unknown {
  if (needsMicrodeposits(method, params)) return askForMicrodeposits(world, intent.id);
  if (cardEndingIn(method.card?.last4)?.charge !== 'authenticates') return undefined;
  const inScript = params.boolean('use_stripe_sdk') === true;
  return askForAuthentication(world, {
    intent: intent.id,
    method: method.id,
    amount: null,
    currency: null,
    returnUrl: inScript ? null : (params.string('return_url') ?? null),
  });
}

export function updateSetup(world: World, request: ApiRequest): SetupIntent {
  const { params, id } = request;
  const current = checkOpen(world, request, 'update');
  const named = params.string('customer');
  const customer = named === undefined ? current.customer : resolveCustomer(world, named).id;
  const method = methodIn(world, params, { ...current, customer });
  return change(world, world.store.setupIntents, {
    id,
    patch: {
      customer,
      description: params.has('description') ? (params.string('description') ?? null) : current.description,
      metadata: mergeMetadata(current.metadata, params),
      ...(method === undefined ? {} : { payment_method: method.id, status: 'requires_confirmation' }),
    },
  });
}

const reasons = ['abandoned', 'duplicate', 'requested_by_customer'] as const;

export function cancelSetup(world: World, request: ApiRequest): SetupIntent {
  const intent = checkOpen(world, request, 'cancel');
  return change(world, world.store.setupIntents, {
    id: intent.id,
    patch: {
      cancellation_reason: request.params.oneOf('cancellation_reason', reasons) ?? null,
      next_action: null,
      status: 'canceled',
    },
    event: 'setup_intent.canceled',
  });
}

export function verifySetup(world: World, request: ApiRequest): SetupIntent {
  const intent = checkOpen(world, request, 'verify');
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (method?.us_bank_account === undefined || intent.status !== 'requires_action') {
    throw invalidRequest({ message: 'This SetupIntent has no bank account to verify.' });
  }
  if (!namesDeposits(request)) throw wrongDeposits();
  return completeSetup(world, intent, method);
}

function unexpected(
  { version }: ApiRequest,
  { world, intent }: { world: World; intent: SetupIntent },
  message: string,
): StripeError {
  const error = invalidRequest({ message, code: 'setup_intent_unexpected_state' });
  return error.with({ setup_intent: render(intent, { version, store: world.store }) });
}
