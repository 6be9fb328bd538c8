/** Transaction ids in the formats of the stores. */
import type { Store } from '../model/values.ts';
import type { World } from '../world/world.ts';

const GOOGLE_BLOCK = 4;

/** Returns the id of a first transaction, which also identifies the subscription in the store. */
export function firstTransaction(world: World, store: Store): string {
  const digits = world.ids.nextTransaction();
  switch (store) {
    case 'app_store':
    case 'mac_app_store':
      return `2000${digits}`;
    case 'play_store': {
      const block = (index: number): string => digits.slice(index * GOOGLE_BLOCK, (index + 1) * GOOGLE_BLOCK);
      return `GPA.${block(0)}-${block(1)}-${block(2)}-${digits.slice(0, 5)}`;
    }
    case 'stripe':
      return `sub_${digits}`;
    case 'promotional':
      return `rc_promo_${digits}`;
    case 'amazon':
    case 'rc_billing':
    case 'roku':
    case 'paddle':
      return `${store}.${digits}`;
    default:
      return store satisfies never;
  }
}

/** Returns the id of a renewal. Google adds the number of the renewal to the first id. */
export function renewalTransaction(
  world: World,
  row: {
    readonly store: Store;
    readonly store_subscription_identifier: string;
    readonly transaction_id: string;
  },
): string {
  if (row.store !== 'play_store') return firstTransaction(world, row.store);
  const number = /\.\.(\d+)$/.exec(row.transaction_id)?.[1];
  return `${row.store_subscription_identifier}..${number === undefined ? 0 : Number(number) + 1}`;
}
