/** What goes wrong at Stripe when a customer is created. */
import type { User, World } from '../world.ts';

/** Makes the next creation for the user fail. Stripe stores the failure, whether or not the customer was created. */
export function failNextCreation(world: World, user: User, hasEffect: boolean): void {
  world.trace(`${user.sub}: the next creation fails, ${hasEffect ? 'with' : 'without'} its effect`);
  world.context.tally.add('action creation_fails');
  world.stripe.creationFailures.set(user.sub, { hasEffect });
}
