/** Setup intents, which save a payment method for later payments. */
import type { Metadata } from '../model/common.ts';
import type { PaymentMethod, SetupIntent } from '../model/payment.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { Decline } from './card-kinds.ts';
import { attachPaymentMethod, paymentErrorOf } from './payment-methods.ts';

export interface SetupInput {
  readonly customer: string | null;
  readonly method: PaymentMethod | undefined;
  readonly metadata: Metadata;
}

/** Creates an intent that waits for a payment method, or for its confirmation. */
export function openSetupIntent(
  world: World,
  { customer, method, metadata }: SetupInput,
  details: Partial<SetupIntent> = {},
): SetupIntent {
  const id = world.ids.next('seti_');
  const row: SetupIntent = {
    id,
    object: 'setup_intent',
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${world.ids.next('secret_').slice(7)}`,
    created: world.seconds(),
    customer,
    description: null,
    last_setup_error: null,
    livemode: false,
    mandate: null,
    metadata,
    next_action: null,
    payment_method: method?.id ?? null,
    payment_method_options: null,
    payment_method_types: [method?.type ?? 'card'],
    status: method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    usage: 'off_session',
    ...details,
  };
  return add(world, world.store.setupIntents, { row, event: 'setup_intent.created' });
}

/** Saves the payment method. */
export function createSetupIntent(world: World, input: SetupInput): SetupIntent {
  const intent = openSetupIntent(world, input);
  return change(world, world.store.setupIntents, {
    id: intent.id,
    patch: { status: 'succeeded' },
    event: 'setup_intent.succeeded',
  });
}

/** The customer did not authenticate, so the payment method cannot be saved. */
export function failSetupIntent(world: World, input: SetupInput & { readonly method: PaymentMethod }): void {
  failSetup(world, openSetupIntent(world, input), input);
}

/** The payment method is saved for the customer of the intent. */
export function completeSetup(world: World, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  if (intent.customer !== null && method.customer === null)
    attachPaymentMethod(world, { id: method.id, customer: intent.customer });
  return change(world, world.store.setupIntents, {
    id: intent.id,
    patch: { last_setup_error: null, next_action: null, payment_method: method.id, status: 'succeeded' },
    event: 'setup_intent.succeeded',
  });
}

const authenticationFailed: Decline = {
  code: 'setup_intent_authentication_failure',
  message: 'The latest attempt to set up the payment method has failed because authentication failed.',
};

/** The attempt has failed: the card is declined, or the customer did not authenticate. */
export function failSetup(
  world: World,
  intent: SetupIntent,
  { method, decline = authenticationFailed }: { method: PaymentMethod; decline?: Decline },
): SetupIntent {
  const type = decline === authenticationFailed ? 'invalid_request_error' : 'card_error';
  return change(world, world.store.setupIntents, {
    id: intent.id,
    patch: {
      last_setup_error: { ...paymentErrorOf(decline, method), type },
      next_action: null,
      payment_method: null,
      status: 'requires_payment_method',
    },
    event: 'setup_intent.setup_failed',
  });
}
