/** When Stripe announces the next invoice of a subscription: `invoice.upcoming`, some days before. */
import type { Subscription } from '../model/subscription.ts';
import type { Store } from '../store/store.ts';
import { periodOf } from './subscription-items.ts';

/** A setting of the account, from 3 to 45 days. */
const NOTICE_SECONDS = 7 * 24 * 3600;

/** Undefined: it has been announced, the subscription ends with the period, or the period is shorter than the notice. */
export function renewalNoticeAt(store: Store, row: Subscription): number | undefined {
  const { start, end } = periodOf(row);
  const at = end - NOTICE_SECONDS;
  const ends = row.cancel_at !== null && row.cancel_at <= end;
  const isAnnounced = store.notices.get(row.id)?.about === end;
  return row.status === 'unpaid' || ends || isAnnounced || at <= start ? undefined : at;
}
