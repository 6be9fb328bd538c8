/** One subscription of Stripe over time. Pure. */
import type { JsonRecord, MonthsTrack } from '../contract.ts';
import { type Band, bandsOf, type StatusChange } from './bands.ts';
import { numberAt, recordAt, recordsAt, textAt } from './fields.ts';

export interface StripeFacts {
  readonly invoices: readonly JsonRecord[];
  /** The oldest first. Stripe keeps them for 30 days. */
  readonly events: readonly JsonRecord[];
  /** The ids of the events that no endpoint has accepted yet. */
  readonly undelivered: ReadonlySet<string>;
}

export function stripeTrack(subscription: JsonRecord, facts: StripeFacts): MonthsTrack {
  const id = textAt(subscription, 'id') ?? '';
  const invoices = facts.invoices
    .filter((invoice) => subscriptionOf(invoice) === id)
    .sort((a, b) => createdOf(a) - createdOf(b));
  const events = facts.events.filter((event) => isAbout(recordAt(event, 'data', 'object'), id));
  return {
    id,
    title: titleOf(subscription),
    bands: statusBands(subscription, { invoices, events }),
    periods: periodsOf(subscription, invoices),
    invoices: invoices.map((invoice) => ({
      id: textAt(invoice, 'id') ?? '',
      atSeconds: createdOf(invoice),
      status: textAt(invoice, 'status') ?? 'draft',
      amount: numberAt(invoice, 'total') ?? 0,
      currency: textAt(invoice, 'currency') ?? 'usd',
    })),
    webhooks: events.map((event) => {
      const eventId = textAt(event, 'id') ?? '';
      return {
        id: eventId,
        atSeconds: createdOf(event),
        type: textAt(event, 'type') ?? 'event',
        delivered: !facts.undelivered.has(eventId),
      };
    }),
  };
}

function createdOf(record: JsonRecord): number {
  return numberAt(record, 'created') ?? 0;
}

/** Older API versions name the subscription at the top. */
function subscriptionOf(invoice: JsonRecord): string | null {
  return textAt(invoice, 'parent', 'subscription_details', 'subscription') ?? textAt(invoice, 'subscription');
}

function isAbout(object: JsonRecord, id: string): boolean {
  return textAt(object, 'id') === id || subscriptionOf(object) === id;
}

function titleOf(subscription: JsonRecord): string {
  const [item = {}] = recordsAt(subscription, 'items', 'data');
  const price = recordAt(item, 'price');
  return textAt(price, 'nickname') ?? textAt(price, 'lookup_key') ?? textAt(price, 'id') ?? 'Subscription';
}

interface Evidence {
  readonly invoices: readonly JsonRecord[];
  readonly events: readonly JsonRecord[];
}

/** Events say exactly when a status began. Before the oldest one that is kept, the records themselves say it. */
function statusBands(subscription: JsonRecord, evidence: Evidence): readonly Band[] {
  const seen = changesIn(evidence.events);
  const firstSeen = seen[0]?.atSeconds ?? Number.POSITIVE_INFINITY;
  const before = changesBefore(subscription, evidence.invoices);
  const past = [...before.filter(({ atSeconds }) => atSeconds < firstSeen), ...seen];
  return bandsOf([...past, ...presentOf(subscription, past), ...scheduledEnd(subscription)]);
}

/** An update that leaves the status as it is changes nothing here. */
function changesIn(events: readonly JsonRecord[]): readonly StatusChange[] {
  return events.flatMap((event) => {
    const type = textAt(event, 'type') ?? '';
    const object = recordAt(event, 'data', 'object');
    const status = textAt(object, 'status');
    if (!type.startsWith('customer.subscription.') || status === null) return [];
    const atSeconds = type.endsWith('.created') ? startOf(object) : createdOf(event);
    return [{ atSeconds, status }];
  });
}

function startOf(subscription: JsonRecord): number {
  return numberAt(subscription, 'start_date') ?? createdOf(subscription);
}

function changesBefore(subscription: JsonRecord, invoices: readonly JsonRecord[]): readonly StatusChange[] {
  const start = startOf(subscription);
  const trialEnd = numberAt(subscription, 'trial_end');
  const pausedAt = numberAt(subscription, 'status_details', 'paused', 'transitioned_at');
  const endedAt = numberAt(subscription, 'ended_at');
  const isTrial = trialEnd !== null && trialEnd > start;
  const changes: readonly StatusChange[] = [
    { atSeconds: start, status: isTrial ? 'trialing' : 'active' },
    ...(isTrial ? [{ atSeconds: trialEnd, status: 'active' }] : []),
    ...invoices.flatMap(latePayment),
    ...(pausedAt === null ? [] : [{ atSeconds: pausedAt, status: 'paused' }]),
  ];
  if (endedAt === null) return changes;
  const ending = { atSeconds: endedAt, status: textAt(subscription, 'status') ?? 'canceled' };
  return [...changes.filter(({ atSeconds }) => atSeconds < endedAt), ending];
}

/** From when the payment of an invoice was first due until it was made. */
function latePayment(invoice: JsonRecord): readonly StatusChange[] {
  const dueAt = numberAt(invoice, 'status_transitions', 'finalized_at');
  const paidAt = numberAt(invoice, 'status_transitions', 'paid_at');
  const isOpen = ['open', 'uncollectible'].includes(textAt(invoice, 'status') ?? '');
  if (dueAt === null || (!isOpen && (paidAt === null || paidAt <= dueAt))) return [];
  const isFirst = textAt(invoice, 'billing_reason') === 'subscription_create';
  return [
    { atSeconds: dueAt, status: isFirst ? 'incomplete' : 'past_due' },
    ...(paidAt === null ? [] : [{ atSeconds: paidAt, status: 'active' }]),
  ];
}

/** The status at hand is certain, even if nothing says when it began. */
function presentOf(subscription: JsonRecord, past: readonly StatusChange[]): readonly StatusChange[] {
  const status = textAt(subscription, 'status');
  const last = [...past].sort((a, b) => a.atSeconds - b.atSeconds).at(-1);
  if (status === null || last?.status === status) return [];
  const atSeconds = Math.max(
    numberAt(subscription, 'ended_at') ?? 0,
    last?.atSeconds ?? startOf(subscription),
  );
  return [{ atSeconds, status }];
}

/** A canceled subscription goes on until its end. */
function scheduledEnd(subscription: JsonRecord): readonly StatusChange[] {
  const cancelAt = numberAt(subscription, 'cancel_at');
  if (cancelAt === null || numberAt(subscription, 'ended_at') !== null) return [];
  return [{ atSeconds: cancelAt, status: 'canceled', note: 'scheduled' }];
}

type Period = MonthsTrack['periods'][number];

function periodsOf(subscription: JsonRecord, invoices: readonly JsonRecord[]): readonly Period[] {
  const billed = invoices
    .filter((invoice) => textAt(invoice, 'status') !== 'void')
    .flatMap((invoice) => recordsAt(invoice, 'lines', 'data'))
    .filter((line) => textAt(line, 'parent', 'type') !== 'invoice_item_details')
    .filter((line) => recordAt(line, 'parent', 'subscription_item_details')['proration'] !== true)
    .map((line) => periodOf(numberAt(line, 'period', 'start'), numberAt(line, 'period', 'end')));
  const current = recordsAt(subscription, 'items', 'data').map((item) =>
    periodOf(numberAt(item, 'current_period_start'), numberAt(item, 'current_period_end')),
  );
  const found = [...billed, ...current].filter((period) => period !== undefined);
  const byRange = new Map(found.map((period) => [`${period.fromSeconds}-${period.toSeconds}`, period]));
  return [...byRange.values()].sort((a, b) => a.fromSeconds - b.fromSeconds);
}

function periodOf(fromSeconds: number | null, toSeconds: number | null): Period | undefined {
  if (fromSeconds === null || toSeconds === null || toSeconds <= fromSeconds) return undefined;
  return { fromSeconds, toSeconds };
}
