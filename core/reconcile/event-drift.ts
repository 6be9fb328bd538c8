/** Finds events that a row does not include, and applies them as the webhook would have. Two checks share it. */
import type { EntitlementRow } from '../entitlement/row.ts';
import { type Ending, endingOfCheckout } from '../gate/ending.ts';
import { isReadAfter } from '../sync/includes.ts';
import type { ChargeEvent, CustomerEvent, EventReading } from '../sync/stripe-event.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import type { Listings, Page } from './listings.ts';
import { scanResult } from './page.ts';
import { onlyOwner, type RecordedOwnerListings, recordedOwners } from './recorded-owners.ts';
import {
  endPlan,
  isReversalMissing,
  type Plan,
  type RepairOutcome,
  type RepairServices,
  repairPlan,
  unchanged,
} from './repair.ts';
import type { DriftFacts, ScanResult } from './scan.ts';

export interface EventDrift<Reason extends string> extends DriftFacts {
  readonly reason: Reason;
  readonly event: CustomerEvent | ChargeEvent;
}

export type EventListings = 'ownersOf' | RecordedOwnerListings;

/**
 * Ignores events of users without profile and row, whose customers the `customers` check finds. A checkout that was
 * completed for such a user is an exception: its customer may be deleted, and the payment is not. A checkout of a user who
 * is being deleted counts too, also if the row shows its subscription already.
 */
export async function scanEvents<Reason extends string>(
  listings: Pick<Listings, EventListings>,
  page: Page<EventReading>,
  reason: Reason,
): Promise<ScanResult<EventDrift<Reason>>> {
  const requests = page.items.flatMap((reading) =>
    reading.kind === 'sync' && !reading.event.request.includesReversal ? [reading.event.request] : [],
  );
  const unnamed = requests.filter(({ sub }) => sub === null).map(({ customerId }) => customerId);
  const owners = await listings.ownersOf([...new Set(unnamed)]);
  const recorded = await recordedOwners(
    listings,
    unnamed.filter((id) => !owners.has(id)),
  );
  const subOf = ({ sub, customerId }: SyncRequest) =>
    sub ?? owners.get(customerId) ?? onlyOwner(recorded, customerId) ?? '';
  const named = requests.flatMap((request) => [subOf(request), request.formerSub ?? '']);
  const subs = [...new Set(named.filter((sub) => sub !== ''))];
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  return scanResult(page, (reading) => {
    if (reading.kind !== 'sync' && reading.kind !== 'charge_event') return undefined;
    const { event } = reading;
    const found = { reason, subjectId: event.id, event };
    // Whether the row lacks a reversal takes calls to Stripe: `confirmEvent` makes them.
    if ('chargeId' in event || event.request.includesReversal) return { ...found, sub: null };
    const { formerSub } = event.request;
    if (lists(rows.get(formerSub ?? ''), event.request)) return { ...found, sub: formerSub };
    const sub = subOf(event.request);
    // Nothing else would show that the buyer has paid, and that no one has access.
    if (sub === '' && event.claimed !== undefined) return { ...found, sub: null };
    const [row, profile] = [rows.get(sub), profiles.get(sub)];
    if (row === undefined && profile === undefined)
      return event.checkout === null ? undefined : { ...found, sub };
    const isMarked = profile !== undefined && profile.deletion !== null;
    if (event.checkout !== null && isMarked) return { ...found, sub };
    return includes(row, event.request) ? undefined : { ...found, sub };
  });
}

/** Returns whether the row lists the customer in a state from before the event. */
function lists(row: EntitlementRow | undefined, request: SyncRequest): boolean {
  return row !== undefined && row.customerIds.includes(request.customerId) && !includes(row, request);
}

/** Returns whether the row shows a later state of Stripe than the event. */
function includes(row: EntitlementRow | undefined, request: SyncRequest): boolean {
  return row !== undefined && isReadAfter(row, request);
}

export async function planEvent(services: RepairServices, { event, sub }: EventDrift<string>): Promise<Plan> {
  if ('claimed' in event && sub === null) return planClaimed(services, event);
  if (event.request.includesReversal) {
    const customerId = await customerOf(services, event);
    if (customerId === null || !(await isReversalMissing(services, customerId))) return unchanged;
  }
  return (await planOrphan(services, event)) ?? repairPlan('synced', () => applyIt(services, event));
}

/** The customer may be another stage's, or deleted, or a person has written its user into the metadata by now. */
async function planClaimed(
  { billing, poolId }: Pick<RepairServices, 'billing' | 'poolId'>,
  { request: { customerId } }: CustomerEvent,
): Promise<Plan> {
  const customer = await billing.retrieveCustomer(customerId);
  const isOurs = customer.kind === 'customer' && (customer.poolId === null || customer.poolId === poolId);
  return isOurs && customer.sub === null ? { kind: 'review' } : unchanged;
}

/**
 * Plans what becomes of a checkout whose user has neither profile nor row, or is being deleted: only the gate can act, and
 * there is nothing to sync. Returns undefined for any other event.
 */
async function planOrphan(
  { profiles, entitlements, gate }: Pick<RepairServices, 'profiles' | 'entitlements' | 'gate'>,
  event: CustomerEvent | ChargeEvent,
): Promise<Plan | undefined> {
  if ('chargeId' in event || event.checkout === null || event.request.sub === null) return undefined;
  const { sub, customerId } = event.request;
  const checkout = endingOfCheckout({ sub, customerId }, event.checkout);
  const profile = await profiles.read(sub);
  if (profile === undefined) {
    return (await entitlements.read(sub)) === undefined ? endPlan(checkout) : undefined;
  }
  if (profile.deletion === null) return undefined;
  // The deletion ends what was used.
  return (await gate.examine(checkout)).kind === 'permit' ? endPlan(checkout) : unchanged;
}

async function customerOf(
  { billing }: Pick<RepairServices, 'billing'>,
  event: CustomerEvent | ChargeEvent,
): Promise<string | null> {
  return 'chargeId' in event ? billing.customerOfCharge(event.chargeId) : event.request.customerId;
}

async function applyIt(
  { applyEvent, entitlements }: Pick<RepairServices, 'applyEvent' | 'entitlements'>,
  event: CustomerEvent | ChargeEvent,
): Promise<RepairOutcome | Ending> {
  const { formerSub } = event.request;
  const formerRow = async () => (formerSub === null ? undefined : entitlements.read(formerSub));
  const before = await formerRow();
  const applied = await applyEvent(found(event));
  if (applied.kind === 'no_customer') return 'unchanged';
  if (applied.orphanedCheckout !== null) return applied.orphanedCheckout;
  if (applied.sync.kind === 'written') return 'synced';
  // The outcome is that of the new user. The former one's row may be all that the event changed.
  const { customerId } = applied;
  const after = await formerRow();
  const isCorrected = before?.customerIds.includes(customerId) && !after?.customerIds.includes(customerId);
  return isCorrected ? 'synced' : 'unchanged';
}

function found<T extends CustomerEvent | ChargeEvent>(event: T): T {
  return { ...event, request: { ...event.request, foundByReconcile: true } };
}

/** What both checks do about a finding, for the docs. */
export const EVENT_REPAIR =
  'Applies the event as the webhook would have: the row is synced (`synced`), and a checkout that was paid for a deleted user is canceled and refunded (`refunded`, or `subscription_canceled` if nothing was paid). A checkout of a payment link for no known user is left to a person (`needs_review`).';
