/**
 * A user's own wish to have the entitlement looked up anew: back from Checkout, nobody should wait for the webhook.
 * One sync of the user's own customer, through the one writer, and no more often than a person would ask.
 */
import type { ProfileStore } from '../account/profile.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { createSync } from './sync.ts';

/** A page that asks every few seconds while it waits stays below; a loop does not. */
export const SYNCS_OF_A_USER = { atMost: 10, seconds: 60 } as const;

export interface OwnSyncServices {
  readonly sync: ReturnType<typeof createSync>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'countWish'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export type OwnSyncOutcome =
  | { readonly kind: 'answered'; readonly row: EntitlementRow | undefined }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number };

export function createSyncOwn(services: OwnSyncServices) {
  return async (user: { readonly sub: string; readonly runId: string }): Promise<OwnSyncOutcome> => {
    const { sub, runId } = user;
    const now = nowSeconds(services.clock);
    const [counted, profile, row] = await Promise.all([
      services.entitlements.countWish(sub, { ...SYNCS_OF_A_USER, nowSeconds: now }),
      services.profiles.read(sub),
      services.entitlements.read(sub),
    ]);
    if (counted === 'limited') return { kind: 'limited', retryAfterSeconds: secondsLeft(now) };
    const customerId = profile?.customerId ?? row?.customerIds[0];
    // Without a customer there is nothing to ask Stripe; and for who is gone, or going, nothing is written.
    if (customerId === undefined || profile === undefined || profile.deletion !== null) {
      return { kind: 'answered', row };
    }
    await services.sync({
      eventId: runId,
      eventType: 'sync',
      customerId,
      // Whatever was seen before, the user has done something since.
      changedAt: null,
      sub,
      customerDeleted: false,
      reversal: false,
      checkout: null,
    });
    return { kind: 'answered', row: await services.entitlements.read(sub) };
  };
}

function secondsLeft(nowSeconds: number): number {
  return SYNCS_OF_A_USER.seconds - (nowSeconds % SYNCS_OF_A_USER.seconds);
}
