/** What to do about a wish to subscribe, by what stands at Stripe. Pure. */

import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { CheckoutSession } from './sessions.ts';

export interface StripeState {
  readonly subscriptions: readonly Subscription[];
  readonly sessions: readonly CheckoutSession[];
}

export type CheckoutDecision =
  /** Something runs, or is being paid: another subscription would be billed beside it, so nothing open may be paid. */
  | { readonly kind: 'refuse'; readonly expire: readonly string[] }
  | { readonly kind: 'offer'; readonly session: CheckoutSession; readonly expire: readonly string[] }
  /** `cancel`: never paid for, but could still be. */
  | { readonly kind: 'open'; readonly expire: readonly string[]; readonly cancel: readonly string[] };

/** A session about to expire is no offer: paying takes a while. */
const LEAST_TIME_SECONDS = 120;

export function decide(standing: StripeState, fingerprint: string, nowSeconds: number): CheckoutDecision {
  const open = standing.sessions.filter(({ status }) => status === 'open');
  if (blocksNewSubscription(standing)) return { kind: 'refuse', expire: open.map(({ id }) => id) };
  const same = newestOf(
    open.filter((one) => one.fingerprint === fingerprint && one.expiresAt > nowSeconds + LEAST_TIME_SECONDS),
  );
  const expire = open.filter(({ id }) => id !== same?.id).map(({ id }) => id);
  const cancel = standing.subscriptions.filter(({ status }) => status === 'incomplete').map(({ id }) => id);
  if (same !== undefined && cancel.length === 0) return { kind: 'offer', session: same, expire };
  return { kind: 'open', expire: open.map(({ id }) => id), cancel };
}

export type SessionReview =
  | { readonly kind: 'confirm'; readonly expire: readonly string[] }
  /** Another, newer session is open for this user. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'refuse'; readonly expire: readonly string[] }
  /** It is not open any more: others were quicker. */
  | { readonly kind: 'retry' };

/** Whether a session just opened may be given out: of several the newest stays, whoever asks. */
export function reviewOpened(standing: StripeState, own: CheckoutSession): SessionReview {
  const open = standing.sessions.filter(({ status }) => status === 'open');
  if (blocksNewSubscription(standing)) return { kind: 'refuse', expire: open.map(({ id }) => id) };
  if (!open.some(({ id }) => id === own.id)) return { kind: 'retry' };
  if (newestOf(open)?.id !== own.id) return { kind: 'superseded' };
  return { kind: 'confirm', expire: open.filter(({ id }) => id !== own.id).map(({ id }) => id) };
}

/** A status that nobody knows may be one that bills; and a payment under way may yet begin what is `incomplete`. */
function blocksNewSubscription({ subscriptions, sessions }: StripeState): boolean {
  const pending = sessions.some(({ paymentPending }) => paymentPending);
  return subscriptions.some(({ status }) => {
    const { alive, unknown } = meaningOf(status);
    return alive || unknown || (pending && status === 'incomplete');
  });
}

function newestOf(sessions: readonly CheckoutSession[]): CheckoutSession | undefined {
  return [...sessions].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0];
}
