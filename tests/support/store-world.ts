/** RevenueCat in memory, without a network: what its customers have bought, and the ids of each. */
import type { StorePurchase, StorePurchases } from '../../core/stores/purchase.ts';
import { Fault } from '../../core/system/fault.ts';
import { T0 } from './subscriptions.ts';

export const storeOutage = new Fault({ code: 'unavailable', system: 'revenuecat', operation: 'any' });
export const storeRefusal = new Fault({ code: 'refused', system: 'revenuecat', operation: 'any' });

export function createStoreWorld() {
  const bought = new Map<string, readonly StorePurchase[]>();
  const aliases = new Map<string, readonly string[]>();
  const calls: string[] = [];
  const failing = new Set<string>();
  const refusing = new Set<string>();
  const reads: ((sub: string) => unknown)[] = [];
  const state = { asOf: T0 as number | null };
  const reach = (operation: string, id: string): void => {
    calls.push(`${operation} ${id}`);
    if (failing.has(id)) throw storeOutage;
    if (refusing.has(`${operation} ${id}`)) throw storeRefusal;
  };
  return {
    state,
    aliases,
    /** Every call in order, such as `read ann`. */
    calls,
    /** The ids about which it does not answer. */
    failing,
    /** The calls that it refuses, such as `delete ann`. */
    refusing,
    has: (sub: string, ...purchases: readonly StorePurchase[]): void => {
      bought.set(sub, purchases);
    },
    forget: (sub: string): boolean => bought.delete(sub),
    isKnown: (sub: string): boolean => bought.has(sub),
    /** Runs once, between the moment of the next read and its answer. */
    duringRead: (run: (sub: string) => unknown): void => {
      reads.push(run);
    },
    stores: {
      readPurchases: async (sub: string): Promise<StorePurchases> => {
        reach('read', sub);
        const purchases = bought.get(sub);
        const answer = { known: purchases !== undefined, purchases: purchases ?? [], asOf: state.asOf };
        await reads.shift()?.(sub);
        return answer;
      },
      readAliases: async (id: string): Promise<readonly string[]> => {
        reach('aliases', id);
        return aliases.get(id) ?? [id];
      },
      deleteStoreCustomer: async (sub: string): Promise<'deleted' | 'missing'> => {
        reach('delete', sub);
        return bought.delete(sub) ? 'deleted' : 'missing';
      },
    },
  };
}
