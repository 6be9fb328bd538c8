/** Caches the owners of Stripe customers for the life of the process. When it is full, the oldest entry is dropped. */
import type { OwnerCache } from '../../core/sync/owner.ts';

const MAX_OWNERS = 10_000;

export function createOwnerCache(): OwnerCache {
  const owners = new Map<string, string>();
  return {
    get: (customerId) => owners.get(customerId),
    set: (customerId, sub) => {
      const oldest = owners.size >= MAX_OWNERS ? owners.keys().next().value : undefined;
      if (oldest !== undefined) owners.delete(oldest);
      owners.set(customerId, sub);
    },
  };
}
