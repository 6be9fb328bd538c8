/** Computes the next due action of each record. No other module knows what happens as time passes. */

import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { SubscriptionSchedule } from '../model/subscription-schedule.ts';
import type { Store } from '../store/store.ts';
import { renewalNoticeAt } from '../subscriptions/renewal-notice.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { TRIAL_NOTICE_SECONDS } from '../subscriptions/subscription-start.ts';

export type DueAction =
  | 'cancel'
  | 'expire_incomplete'
  | 'announce_trial_end'
  | 'end_trial'
  | 'announce_renewal'
  | 'renew'
  | 'resume_collection'
  | 'drop_pending_update'
  | 'finalize_invoice'
  | 'retry_payment'
  | 'mark_overdue'
  | 'expire_resumption'
  | 'expire_session'
  | 'delete_test_clock'
  | 'start_schedule'
  | 'announce_schedule_end'
  | 'end_phase'
  | 'take_effect';

export type DueKind =
  | 'subscriptions'
  | 'subscriptionSchedules'
  | 'invoices'
  | 'checkoutSessions'
  | 'testClocks'
  | 'laterEffects';

export interface Due {
  readonly at: number;
  readonly action: DueAction;
  /** The test clock that the action waits for; null for the simulator's own clock. */
  readonly clock: string | null;
}

/** Unpaid first invoices and unpaid resumptions expire after this time. */
const INCOMPLETE_SECONDS = 23 * 3600;
/** Stripe announces the end of a schedule seven days before. */
const SCHEDULE_NOTICE_SECONDS = 7 * 24 * 3600;
const renewingStatuses: readonly string[] = ['active', 'past_due', 'unpaid'];

/** Returns the next due action of a record, or undefined when it waits for nothing. */
export function dueOf(store: Store, kind: DueKind, id: string): Due | undefined {
  return readers[kind](store, id);
}

const readers: Readonly<Record<DueKind, (store: Store, id: string) => Due | undefined>> = {
  subscriptions: (store, id) => {
    const row = store.subscriptions.get(id);
    return row === undefined ? undefined : subscriptionDue(store, row);
  },
  subscriptionSchedules: (store, id) => {
    const row = store.subscriptionSchedules.get(id);
    return row === undefined ? undefined : scheduleDue(store, row);
  },
  invoices: (store, id) => {
    const row = store.invoices.get(id);
    return row === undefined ? undefined : invoiceDue(store, row);
  },
  checkoutSessions: (store, id) => {
    const row = store.checkoutSessions.get(id);
    if (row?.status !== 'open') return undefined;
    return { at: row.expires_at, action: 'expire_session', clock: clockOfCustomer(store, row.customer) };
  },
  testClocks: (store, id) => {
    const row = store.testClocks.get(id);
    return row === undefined
      ? undefined
      : { at: row.deletes_after, action: 'delete_test_clock', clock: null };
  },
  laterEffects: (store, id) => {
    const row = store.laterEffects.get(id);
    return row === undefined ? undefined : { at: row.at, action: 'take_effect', clock: row.clock };
  },
};

function scheduleDue(store: Store, row: SubscriptionSchedule): Due | undefined {
  const start = row.phases[0]?.start_date;
  const end = row.phases.at(-1)?.end_date ?? 0;
  if (row.status === 'not_started') return earliest([[start, 'start_schedule']], row.test_clock);
  const announced = store.notices.get(row.id)?.about === end;
  if (row.status !== 'active' || announced) return undefined;
  return earliest([[end - SCHEDULE_NOTICE_SECONDS, 'announce_schedule_end']], row.test_clock);
}

type Candidate = readonly [at: number | null | undefined, action: DueAction];

/**
 * Returns the earliest action. At the same second the first in the list wins, so a subscription that ends is not
 * renewed.
 */
function subscriptionDue(store: Store, row: Subscription): Due | undefined {
  if (isEnded(row)) return undefined;
  const schedule = row.schedule === null ? undefined : store.subscriptionSchedules.get(row.schedule);
  const candidates: Candidate[] = [
    // A phase that ends with a period changes the items before the next period is billed.
    [schedule?.current_phase?.end_date, 'end_phase'],
    [row.cancel_at, 'cancel'],
    [row.pending_update?.expires_at, 'drop_pending_update'],
    [row.pause_collection?.resumes_at, 'resume_collection'],
  ];
  if (row.status === 'incomplete') candidates.push([row.created + INCOMPLETE_SECONDS, 'expire_incomplete']);
  if (row.status === 'trialing' && row.trial_end !== null) {
    const announced = store.notices.get(row.id)?.about === row.trial_end;
    if (!announced) candidates.push([row.trial_end - TRIAL_NOTICE_SECONDS, 'announce_trial_end']);
    candidates.push([row.trial_end, 'end_trial']);
  }
  if (renewingStatuses.includes(row.status)) {
    candidates.push([renewalNoticeAt(store, row), 'announce_renewal'], [periodOf(row).end, 'renew']);
  }
  return earliest(candidates, row.test_clock);
}

function invoiceDue(store: Store, row: Invoice): Due | undefined {
  const candidates: Candidate[] = [];
  if (row.status === 'draft' && row.auto_advance) {
    candidates.push([row.automatically_finalizes_at, 'finalize_invoice']);
  }
  if (row.status === 'open') {
    const resumption = store.resumptions.get(row.id);
    if (resumption !== undefined) candidates.push([row.created + INCOMPLETE_SECONDS, 'expire_resumption']);
    if (row.auto_advance) candidates.push([row.next_payment_attempt, 'retry_payment']);
    const announced = store.notices.get(row.id)?.about === row.due_date;
    if (row.collection_method === 'send_invoice' && !announced)
      candidates.push([row.due_date, 'mark_overdue']);
  }
  return earliest(candidates, row.test_clock);
}

function earliest(candidates: readonly Candidate[], clock: string | null): Due | undefined {
  let first: Due | undefined;
  for (const [at, action] of candidates) {
    if (typeof at === 'number' && (first === undefined || at < first.at)) first = { at, action, clock };
  }
  return first;
}

function clockOfCustomer(store: Store, customer: string | null): string | null {
  return customer === null ? null : (store.customers.get(customer)?.test_clock ?? null);
}
