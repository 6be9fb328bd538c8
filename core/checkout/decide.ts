/** Decides on a checkout request from the user's subscriptions and sessions in Stripe. Pure. */

import type { ComingSubscription } from '../billing/billing.ts';
import { isOfThisProduct } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { CheckoutSession } from './sessions.ts';

export interface StripeState {
  readonly subscriptions: readonly Subscription[];
  readonly sessions: readonly CheckoutSession[];
  /** What starts later, and is billed then. */
  readonly coming: readonly ComingSubscription[];
  /** The subscriptions whose payment went back, and that end before they bill again, or will have to. */
  readonly returned?: ReadonlySet<string>;
}

/** What a checkout knows of the user: Stripe's state, and whether someone else is paid. */
export interface BuyerState extends StripeState {
  readonly isPaidElsewhere: boolean;
}

export type CheckoutDecision =
  /** The user has a subscription, or is paying for one. A second one would be billed too, so open sessions expire. */
  | { readonly kind: 'refuse'; readonly expire: readonly string[]; readonly by: 'stripe' | 'other' }
  | { readonly kind: 'offer'; readonly session: CheckoutSession; readonly expire: readonly string[] }
  /** `cancel` lists incomplete subscriptions: they were never paid, but still could be. */
  | { readonly kind: 'open'; readonly expire: readonly string[]; readonly cancel: readonly string[] };

/** A session that is about to expire is not offered, since paying takes a while. */
const MIN_TIME_LEFT_SECONDS = 120;

export function decide(state: BuyerState, fingerprint: string, nowSeconds: number): CheckoutDecision {
  const open = state.sessions.filter(({ status }) => status === 'open');
  const isSubscribed = blocksNewSubscription(state);
  if (isSubscribed || state.isPaidElsewhere) {
    return { kind: 'refuse', expire: open.map(({ id }) => id), by: isSubscribed ? 'stripe' : 'other' };
  }
  const same = newestOf(
    open.filter(
      (session) =>
        session.fingerprint === fingerprint && session.expiresAt > nowSeconds + MIN_TIME_LEFT_SECONDS,
    ),
  );
  const expire = open.filter(({ id }) => id !== same?.id).map(({ id }) => id);
  const ofThisProduct = state.subscriptions.filter(isOfThisProduct);
  const cancel = ofThisProduct.filter(({ status }) => status === 'incomplete').map(({ id }) => id);
  if (same !== undefined && cancel.length === 0) return { kind: 'offer', session: same, expire };
  return { kind: 'open', expire: open.map(({ id }) => id), cancel };
}

export type SessionReview =
  | { readonly kind: 'confirm'; readonly expire: readonly string[] }
  /** A newer session of the user is open. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'refuse'; readonly expire: readonly string[] }
  /** A concurrent request expired the session, or has opened a newer one for the same order. */
  | { readonly kind: 'retry' };

/** Decides whether a session that was just opened may be offered. Of several open sessions, only the newest remains. */
export function reviewOpened(state: StripeState, opened: CheckoutSession): SessionReview {
  const open = state.sessions.filter(({ status }) => status === 'open');
  if (blocksNewSubscription(state)) return { kind: 'refuse', expire: open.map(({ id }) => id) };
  if (!open.some(({ id }) => id === opened.id)) return { kind: 'retry' };
  const newest = newestOf(open);
  // That of an equal request is offered to both.
  if (newest?.id !== opened.id)
    return { kind: newest?.fingerprint === opened.fingerprint ? 'retry' : 'superseded' };
  return { kind: 'confirm', expire: open.filter(({ id }) => id !== opened.id).map(({ id }) => id) };
}

/** An unknown status may be one that bills, and a pending payment can still complete an `incomplete` subscription. */
function blocksNewSubscription({ subscriptions, sessions, coming, returned }: StripeState): boolean {
  if (coming.some(isOfThisProduct)) return true;
  const pending = sessions.some(({ mode, paymentPending }) => paymentPending && mode === 'subscription');
  const others = subscriptions.filter(({ id }) => returned?.has(id) !== true);
  return others.filter(isOfThisProduct).some(({ status }) => {
    const { alive, unknown } = meaningOf(status);
    return alive || unknown || (pending && status === 'incomplete');
  });
}

function newestOf(sessions: readonly CheckoutSession[]): CheckoutSession | undefined {
  return [...sessions].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0];
}
