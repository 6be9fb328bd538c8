/** Finds events that a row does not include, and applies them as the webhook would have. Two checks share it. */
import type { EntitlementRow } from '../entitlement/row.ts';
import type { ChargeEvent, CustomerEvent, EventReading } from '../sync/stripe-event.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/sync.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import type { Listings, Page } from './listings.ts';
import { scanResult } from './page.ts';
import { isReversalMissing, type RepairOutcome, type RepairServices } from './repair.ts';
import type { DriftFacts, ScanResult } from './scan.ts';

export interface EventDrift<Reason extends string> extends DriftFacts {
  readonly reason: Reason;
  readonly event: CustomerEvent | ChargeEvent;
}

export type EventListings = 'ownersOf' | 'rowsOf' | 'profilesOf';

/** Ignores events of users without profile and row: the `customers` check finds those by their customer. */
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
  const subOf = ({ sub, customerId }: SyncRequest) => sub ?? owners.get(customerId) ?? '';
  const subs = [...new Set(requests.map(subOf).filter((sub) => sub !== ''))];
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  return scanResult(page, (reading) => {
    if (reading.kind !== 'sync' && reading.kind !== 'charge_event') return undefined;
    const { event } = reading;
    const found = { reason, subjectId: event.id, event };
    // Whether the row lacks a reversal takes calls to Stripe: `confirmEvent` makes them.
    if ('chargeId' in event || event.request.includesReversal) return { ...found, sub: null };
    const sub = subOf(event.request);
    const known = rows.has(sub) || profiles.has(sub);
    return known && !includes(rows.get(sub), event.request) ? { ...found, sub } : undefined;
  });
}

/** Returns whether the row shows a later state of Stripe than the event. */
function includes(row: EntitlementRow | undefined, request: SyncRequest): boolean {
  if (row === undefined || row.syncedAt === null || request.changedAt === null) return false;
  return (
    row.customerIds.includes(request.customerId) && row.syncedAt > request.changedAt + SYNC_MARGIN_SECONDS
  );
}

export async function confirmEvent(
  services: Pick<RepairServices, 'billing' | 'entitlements'>,
  { event }: EventDrift<string>,
): Promise<boolean> {
  if (!event.request.includesReversal) return true;
  const customerId = await customerOf(services, event);
  return customerId !== null && isReversalMissing(services, customerId);
}

async function customerOf(
  { billing }: Pick<RepairServices, 'billing'>,
  event: CustomerEvent | ChargeEvent,
): Promise<string | null> {
  return 'chargeId' in event ? billing.customerOfCharge(event.chargeId) : event.request.customerId;
}

export async function repairEvent(
  { applyEvent }: Pick<RepairServices, 'applyEvent'>,
  { event }: EventDrift<string>,
): Promise<RepairOutcome> {
  const applied = await applyEvent(event);
  if (applied.kind === 'no_customer') return 'unchanged';
  const { orphanedCheckout, sync } = applied;
  if (orphanedCheckout !== null && orphanedCheckout !== 'leave') return 'refunded';
  return sync.kind === 'written' ? 'synced' : 'unchanged';
}

/** What both checks do about a finding, for the docs. */
export const EVENT_REPAIR =
  'Applies the event as the webhook would have: the row is synced (`synced`), and a checkout that was paid for a user who is being deleted is canceled and refunded (`refunded`).';
