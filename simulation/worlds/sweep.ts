/** Everything there is, for a reconcile: read while it changes, as pages of a scan are. */
import type { Sweep } from '../../core/reconcile/reconcile.ts';
import type { World } from '../world.ts';
import { reversalOf } from './stripe.ts';

export function sweepOf({ dynamodb, stripe }: World): Sweep {
  return {
    profiles: () => each([...dynamodb.profiles.values()]),
    entitlements: () => each([...dynamodb.entitlements.values()]),
    reversals: () =>
      each([...stripe.subscriptions.values()].filter((one) => reversalOf(stripe, one) !== null)),
    customers: () => each([...stripe.customers.values()].filter(({ deletedMs }) => deletedMs === null)),
  };
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  for (const one of all) yield one;
}
