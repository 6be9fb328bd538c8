/** Setup intents, which save a payment method for later payments. */
import type { Metadata } from '../model/common.ts';
import type { PaymentMethod, SetupIntent } from '../model/payment.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { paymentErrorOf } from './payment-methods.ts';
import type { Decline } from './test-cards.ts';

interface SetupInput {
  readonly customer: string | null;
  readonly method: PaymentMethod | undefined;
  readonly metadata: Metadata;
}

/** Saves the payment method. */
export function createSetupIntent(world: World, input: SetupInput): SetupIntent {
  const row: SetupIntent = {
    ...blankIntent(world, input),
    payment_method: input.method?.id ?? null,
    status: 'succeeded',
  };
  return add(world, world.store.setupIntents, { row, event: 'setup_intent.succeeded' });
}

/** The customer did not authenticate, so the payment method cannot be saved. */
export function failSetupIntent(world: World, input: SetupInput & { readonly method: PaymentMethod }): void {
  const error = {
    ...paymentErrorOf(authenticationFailed, input.method),
    type: 'invalid_request_error',
  } as const;
  const row: SetupIntent = { ...blankIntent(world, input), last_setup_error: error };
  add(world, world.store.setupIntents, { row, event: 'setup_intent.setup_failed' });
}

const authenticationFailed: Decline = {
  code: 'setup_intent_authentication_failure',
  message: 'The latest attempt to set up the payment method has failed because authentication failed.',
};

function blankIntent(world: World, { customer, metadata }: SetupInput): SetupIntent {
  const id = world.ids.next('seti_');
  return {
    id,
    object: 'setup_intent',
    client_secret: `${id}_secret_${world.ids.next('secret_').slice(7)}`,
    created: world.seconds(),
    customer,
    description: null,
    last_setup_error: null,
    livemode: false,
    metadata,
    payment_method: null,
    payment_method_types: ['card'],
    status: 'requires_payment_method',
    usage: 'off_session',
  };
}
