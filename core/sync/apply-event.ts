/**
 * Applies a Stripe event: syncs the customer's user, and cancels and refunds a checkout that was paid for a deleted
 * user. The webhook and `reconcile` both use it, so an event has the same effect whichever of them finds it.
 */
import type { ProfileStore } from '../account/profile.ts';
import type { ChargeReader, OrphanBilling } from '../billing/billing.ts';
import { cancelOrphanedCheckout, isOrphaned, type OrphanAction } from '../checkout/orphaned-checkout.ts';
import type { Log } from '../system/log.ts';
import type { ChargeEvent, CustomerEvent } from './stripe-event.ts';
import type { createSync, SyncOutcome } from './sync.ts';

export interface ApplyEventServices {
  readonly sync: ReturnType<typeof createSync>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly billing: ChargeReader & OrphanBilling;
  readonly log: Log;
}

export type AppliedEvent =
  | {
      readonly kind: 'applied';
      readonly customerId: string;
      readonly sync: SyncOutcome;
      /** Null unless the event completed a checkout of a deleted user. */
      readonly orphanedCheckout: OrphanAction | null;
    }
  /** The event names a charge that belongs to no customer. */
  | { readonly kind: 'no_customer' };

export function createApplyEvent(services: ApplyEventServices) {
  return async (event: CustomerEvent | ChargeEvent): Promise<AppliedEvent> => {
    if (!('chargeId' in event)) return applyToCustomer(services, event);
    const customerId = await services.billing.customerOfCharge(event.chargeId);
    if (customerId === null) return { kind: 'no_customer' };
    const { id, type, request } = event;
    return applyToCustomer(services, { id, type, request: { ...request, customerId }, checkout: null });
  };
}

async function applyToCustomer(
  services: ApplyEventServices,
  { request, checkout }: CustomerEvent,
): Promise<AppliedEvent> {
  const sync = await services.sync(request);
  const orphaned =
    checkout !== null && sync.kind !== 'unknown_customer' && (await isOrphaned(services, sync));
  const orphanedCheckout = orphaned ? await cancelOrphanedCheckout(services, checkout, sync.sub) : null;
  return { kind: 'applied', customerId: request.customerId, sync, orphanedCheckout };
}
