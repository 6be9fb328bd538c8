/**
 * Applies a Stripe event: syncs the customer's user, and proposes to cancel and refund a checkout that was paid for a
 * deleted user. The webhook and `reconcile` both use it, so an event has the same effect whichever of them finds it.
 */
import type { ProfileStore } from '../account/profile.ts';
import type { ChargeReader } from '../billing/billing.ts';
import { type Ending, endingOfCheckout } from '../gate/ending.ts';
import type { ChargeEvent, CustomerEvent } from './stripe-event.ts';
import type { createSync, SyncOutcome } from './sync.ts';

export interface ApplyEventServices {
  readonly sync: ReturnType<typeof createSync>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly billing: ChargeReader;
}

export type AppliedEvent =
  | {
      readonly kind: 'applied';
      readonly customerId: string;
      readonly sync: SyncOutcome;
      /** Null unless the event completed a checkout of a deleted user. The gate decides what becomes of it. */
      readonly orphanedCheckout: Ending | null;
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
  const { customerId } = request;
  const orphaned =
    checkout !== null && sync.kind !== 'unknown_customer' && (await isOrphaned(services, sync));
  const orphanedCheckout = orphaned ? endingOfCheckout({ sub: sync.sub, customerId }, checkout) : null;
  return { kind: 'applied', customerId, sync, orphanedCheckout };
}

/**
 * Returns whether the checkout's user is deleted or being deleted. The sync may have written the row a moment before a
 * deletion removed it. If a row without a profile still exists, the gate changes nothing.
 */
async function isOrphaned(
  { profiles }: Pick<ApplyEventServices, 'profiles'>,
  outcome: Exclude<SyncOutcome, { readonly kind: 'unknown_customer' }>,
): Promise<boolean> {
  if (outcome.kind === 'no_such_user') return true;
  const profile = await profiles.read(outcome.sub);
  return profile === undefined || profile.deletion !== null;
}
