/** Setup intents, which save a payment method for later payments. */
import type { Metadata } from '../model/common.ts';
import type { Customer } from '../model/customer.ts';
import type { PaymentMethod, SetupIntent } from '../model/payment.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function createSetupIntent(
  world: World,
  input: {
    readonly customer: Customer | undefined;
    readonly method: PaymentMethod | undefined;
    readonly metadata: Metadata;
  },
): SetupIntent {
  const id = world.ids.next('seti_');
  const row: SetupIntent = {
    id,
    object: 'setup_intent',
    client_secret: `${id}_secret_${world.ids.next('secret_').slice(7)}`,
    created: world.seconds(),
    customer: input.customer?.id ?? null,
    description: null,
    livemode: false,
    metadata: input.metadata,
    payment_method: input.method?.id ?? null,
    payment_method_types: ['card'],
    status: 'succeeded',
    usage: 'off_session',
  };
  return add(world, world.store.setupIntents, { row, event: 'setup_intent.succeeded' });
}
