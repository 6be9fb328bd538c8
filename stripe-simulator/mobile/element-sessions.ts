/** What the payment sheet of an app asks for first: the intent, and the payment methods to offer. */
import { checkSecret, getIntent, getSetupIntent } from '../payment-intents/intent-lookup.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

export function elementsSession(world: World, request: ApiRequest): object {
  const { params } = request;
  const type =
    params.oneOf('type', ['payment_intent', 'setup_intent', 'deferred_intent']) ?? 'deferred_intent';
  const offered = offeredBy(world, request, type);
  return {
    object: 'elements_session',
    apple_pay_preference: 'disabled',
    business_name: 'Simulator',
    customer: null,
    google_pay_preference: 'disabled',
    link_settings: { link_bank_enabled: false, link_funding_sources: [] },
    livemode: false,
    merchant_country: 'US',
    merchant_currency: 'usd',
    ordered_payment_method_types_and_wallets: offered.types,
    payment_method_preference: {
      object: 'payment_method_preference',
      country_code: 'US',
      ordered_payment_method_types: offered.types,
      type,
      ...offered.intent,
    },
    payment_method_specs: [],
    session_id: `elements_session_${world.ids.next('es_').slice(3)}`,
    unactivated_payment_method_types: [],
  };
}

interface Offered {
  readonly types: readonly string[];
  readonly intent: object;
}

function offeredBy(world: World, request: ApiRequest, type: string): Offered {
  const secret = request.params.string('client_secret') ?? '';
  const [id = ''] = secret.split('_secret_');
  if (type === 'payment_intent') {
    const intent = checkSecret(request, getIntent(world, id));
    return { types: intent.payment_method_types, intent: { payment_intent: intent } };
  }
  if (type === 'setup_intent') {
    const intent = checkSecret(request, getSetupIntent(world, id));
    return { types: intent.payment_method_types, intent: { setup_intent: intent } };
  }
  if (secret !== '')
    throw invalidRequest({ message: 'A deferred intent has no client_secret.', param: 'client_secret' });
  return { types: ['card'], intent: {} };
}
