/**
 * Syncs the signed-in user at the user's own request, so that a user who returns from Checkout does not wait for the
 * webhook. It runs one ordinary sync, and a rate limit keeps a client from polling Stripe through it.
 */
import type { ProfileStore } from '../account/profile.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { type Limited, type LimitServices, limitRequest } from '../limits/request-limits.ts';
import type { SyncStores } from '../stores/sync-stores.ts';
import type { Clock } from '../system/clock.ts';
import type { createSync } from './sync.ts';
import type { SyncRequest } from './sync-request.ts';

export interface OwnSyncServices {
  readonly sync: ReturnType<typeof createSync>;
  /** Null: this installation has no app in a store. */
  readonly syncStores: SyncStores | null;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly requests: LimitServices['requests'];
  readonly clock: Pick<Clock, 'nowMs'>;
}

export type OwnSyncOutcome =
  | { readonly kind: 'answered'; readonly row: EntitlementRow | undefined }
  | Limited;

export function createSyncOwn(services: OwnSyncServices) {
  return async (user: {
    readonly sub: string;
    readonly requestId: string | null;
  }): Promise<OwnSyncOutcome> => {
    const { sub, requestId } = user;
    const [profile, row] = await Promise.all([services.profiles.read(sub), services.entitlements.read(sub)]);
    const customerId = profile?.customerId ?? row?.customerIds[0];
    // Nothing is written for a user who is deleted or being deleted.
    if (profile === undefined || profile.deletion !== null) return { kind: 'answered', row };
    const cause = { kind: 'user', requestId } as const;
    const { sync, syncStores } = services;
    // Without a customer there is nothing to read from Stripe.
    if (customerId === undefined && syncStores === null) return { kind: 'answered', row };
    const limited = await limitRequest(services, sub, 'sync');
    if (limited !== undefined) return limited;
    const syncs = [
      ...(customerId === undefined ? [] : [sync(ownSyncRequest({ customerId, sub, cause }))]),
      ...(syncStores === null ? [] : [syncStores({ sub, cause })]),
    ];
    // What one of them has read is written also if the other fails, and the failure is answered.
    for (const result of await Promise.allSettled(syncs))
      if (result.status === 'rejected') throw result.reason;
    return { kind: 'answered', row: await services.entitlements.read(sub) };
  };
}

/** Returns the request to sync a customer for the user who asks now. */
export function ownSyncRequest(
  own: Pick<SyncRequest, 'customerId' | 'cause' | 'includesPurchases'> & { readonly sub: string },
): SyncRequest {
  return {
    ...own,
    reassigned: false,
    formerSub: null,
    // The user may have paid since the last sync, so no earlier sync is recent enough.
    changedAt: null,
    customerDeleted: false,
    includesReversal: false,
    includesFeatures: false,
  };
}
