/** Reads a subscription as a change needs it: with what its items cost, what waits for a payment, and what is planned. */
import type {
  BilledItem,
  Changeable,
  ChangeableItem,
  ChangeSchedule,
  PendingChange,
} from '../../core/change/changeable.ts';
import { ratedOf } from '../../core/change/wanted.ts';
import { integerAt, recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { entryIn } from './catalogue.ts';
import { idAt, secondsAt, unknownShape } from './json.ts';
import { readSubscription } from './read-subscription.ts';

/** The metadata key of a schedule that this service has planned. Another schedule belongs to the person who has set it up. */
export const PLANNED = 'predixa_planned';

/** What has to be expanded. */
export const changeableParts = ['schedule', 'latest_invoice'];

export function changeableIn(json: UnknownRecord, items: readonly UnknownRecord[]): Changeable {
  const { id, customerId, status, cancelAtPeriodEnd, cancelAt, trialEnd, collectionPaused, ...subscription } =
    readSubscription(json, items);
  const currency = textAt(json, 'currency');
  const read = items.map(itemIn);
  if (currency === null) throw unknownShape('read subscription', 'a subscription with a currency');
  const ends = read.map(({ periodEnd }) => periodEnd ?? subscription.periodEnd ?? 0);
  return {
    id,
    customerId,
    status,
    currency,
    isCharged: textAt(json, 'collection_method') !== 'send_invoice',
    items: read.map((item) => ({ ...item, periodEnd: item.periodEnd ?? subscription.periodEnd })),
    trialEnd,
    isCollectionPaused: collectionPaused,
    endsAt: cancelAt ?? (cancelAtPeriodEnd ? Math.max(...ends) : null),
    endsWithPeriod: cancelAtPeriodEnd,
    latestInvoiceId: idAt(json, 'latest_invoice'),
    pending: pendingIn(json),
    schedule: scheduleIn(json),
  };
}

function itemIn(json: UnknownRecord): ChangeableItem {
  const itemId = textAt(json, 'id');
  const price = recordAt(json, 'price');
  const entry = price === null ? null : entryIn(price);
  const rated = entry === null ? undefined : ratedOf(entry);
  // What it costs, and in which interval, decides what the change bills.
  if (itemId === null || entry === null || rated === undefined)
    throw unknownShape('read subscription', 'items with a recurring price');
  return {
    ...rated,
    itemId,
    role: entry.role,
    metered: entry.metered,
    quantity: integerAt(json, 'quantity'),
    createdAt: secondsAt(json, 'created') ?? 0,
    periodEnd: secondsAt(json, 'current_period_end'),
  };
}

function pendingIn(json: UnknownRecord): PendingChange | null {
  const pending = recordAt(json, 'pending_update');
  if (pending === null) return null;
  const invoice = recordAt(json, 'latest_invoice');
  const isOpen = textAt(invoice, 'status') === 'open';
  return {
    items: billedIn(pending, 'subscription_items'),
    expiresAt: secondsAt(pending, 'expires_at'),
    invoiceId: isOpen ? textAt(invoice, 'id') : null,
    url: isOpen ? textAt(invoice, 'hosted_invoice_url') : null,
    amountDue: isOpen ? integerAt(invoice, 'amount_due') : null,
  };
}

function scheduleIn(json: UnknownRecord): ChangeSchedule | null {
  const id = idAt(json, 'schedule');
  if (id === null) return null;
  const schedule = recordAt(json, 'schedule');
  const phases = schedule === null ? [] : entriesOf(schedule, 'phases');
  const currentEnd = secondsAt(recordAt(schedule, 'current_phase'), 'end_date');
  // Without the schedule itself, nothing says what it does.
  const isReadable = schedule !== null && currentEnd !== null;
  const coming = phases.filter((phase) => (secondsAt(phase, 'start_date') ?? 0) >= (currentEnd ?? 0));
  const [first] = coming;
  const at = first === undefined ? null : secondsAt(first, 'start_date');
  return {
    id,
    isOurs: textAt(recordAt(schedule, 'metadata'), PLANNED) !== null,
    next: first === undefined || at === null ? null : { at, items: billedIn(first, 'items') },
    isComplex: !isReadable || coming.length > 1 || textAt(schedule, 'end_behavior') !== 'release',
    isBlank: isReadable && phases.length === 1 && coming.length === 0,
  };
}

function billedIn(json: UnknownRecord, name: string): readonly BilledItem[] {
  return entriesOf(json, name).map((item) => ({
    priceId: idAt(item, 'price') ?? '',
    quantity: integerAt(item, 'quantity'),
  }));
}

/** Plain arrays, not Stripe's lists. */
export function entriesOf(json: UnknownRecord, name: string): readonly UnknownRecord[] {
  const entries = json[name];
  return Array.isArray(entries) ? recordsIn(entries) : [];
}
