/** What each event about cards and payments says to look at. */
import type { SyncRequest } from '../core/sync/sync-request.ts';

const reads: Readonly<Record<string, NonNullable<SyncRequest['notices']>>> = {
  'invoice.upcoming': 'card',
  'invoice.payment_action_required': 'payment',
  'invoice.payment_failed': 'known',
  'payment_method.automatically_updated': 'known',
};

export function noticesOf(type: string): Pick<SyncRequest, 'notices'> {
  const notices = reads[type];
  return notices === undefined ? {} : { notices };
}
