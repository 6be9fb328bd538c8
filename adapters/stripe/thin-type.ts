/** What the type of a thin event says, before anything of it is fetched. */
import type { IgnoredReason } from '../../core/sync/stripe-event.ts';
import { isHandledType } from './read-event.ts';

export const THIN_EVENT = 'v2.core.event';
/** Stripe sends it when a person tests an event destination. */
const PING = 'v2.core.event_destination.ping';
/** The types of thin events are those of snapshot events behind this prefix. */
const PREFIX = 'v1.';

/** Returns the type of the snapshot event, or why the event requires nothing. */
export function snapshotTypeOf(
  type: string,
): { readonly type: string } | { readonly ignored: IgnoredReason } {
  if (type === PING) return { ignored: 'ping' };
  const snapshot = type.slice(PREFIX.length);
  return type.startsWith(PREFIX) && isHandledType(snapshot)
    ? { type: snapshot }
    : { ignored: 'unhandled_type' };
}
