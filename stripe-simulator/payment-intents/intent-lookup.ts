/** Finds intents, and lets a publishable key see only what its client secret allows. */
import type { PaymentIntent, SetupIntent } from '../model/payment.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

export function getIntent(world: World, id: string): PaymentIntent {
  const found = world.store.paymentIntents.get(id);
  if (found === undefined) throw notFound('payment_intent', id);
  return found;
}

export function getSetupIntent(world: World, id: string): SetupIntent {
  const found = world.store.setupIntents.get(id);
  if (found === undefined) throw notFound('setupintent', id);
  return found;
}

const names = { payment_intent: 'PaymentIntent', setup_intent: 'SetupIntent' } as const;

/** A publishable key needs the client secret. One that is given must be right, whatever the key is. */
export function checkSecret<T extends PaymentIntent | SetupIntent>(request: ApiRequest, intent: T): T {
  const secret = request.params.string('client_secret');
  if (secret === undefined && request.isPublishable !== true) return intent;
  if (secret === undefined) throw missingParameter('client_secret');
  if (secret === intent.client_secret) return intent;
  const name = names[intent.object];
  throw invalidRequest({
    message: `The client_secret provided does not match the client_secret associated with the ${name}.`,
    code: `${intent.object}_invalid_parameter`,
    param: 'client_secret',
  });
}
