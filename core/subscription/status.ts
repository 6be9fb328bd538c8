/** What a Stripe status means for the entitlement row, and which of several subscriptions speaks for the user. */
import type { EntitlementStatus } from '../../contract/entitlements.ts';

interface StatusMeaning {
  readonly entitlement: EntitlementStatus;
  /** Lower speaks first. */
  readonly rank: number;
  /** The subscription goes on, or can go on: it has a plan and a period. */
  readonly alive: boolean;
  /** Of tomorrow: nobody can say what it means. */
  readonly unknown: boolean;
}

/**
 * `unpaid` is shown as `past_due`, since the customer can still pay, but no grace ever applies to it: Stripe has
 * given up collecting. `paused` gives no access until resumed. `incomplete` was never paid.
 */
const meanings: Readonly<Record<string, Omit<StatusMeaning, 'unknown'>>> = {
  active: { entitlement: 'active', rank: 0, alive: true },
  trialing: { entitlement: 'trialing', rank: 1, alive: true },
  past_due: { entitlement: 'past_due', rank: 2, alive: true },
  unpaid: { entitlement: 'past_due', rank: 3, alive: true },
  paused: { entitlement: 'canceled', rank: 4, alive: true },
  canceled: { entitlement: 'canceled', rank: 6, alive: false },
  incomplete: { entitlement: 'none', rank: 7, alive: false },
  incomplete_expired: { entitlement: 'none', rank: 8, alive: false },
};

/** Fails closed: no access, yet ahead of what has ended, so that it is seen. */
const unknownMeaning: StatusMeaning = { entitlement: 'none', rank: 5, alive: false, unknown: true };

export function isKnownStatus(status: string): boolean {
  return Object.hasOwn(meanings, status);
}

export function meaningOf(status: string): StatusMeaning {
  const known = isKnownStatus(status) ? meanings[status] : undefined;
  return known === undefined ? unknownMeaning : { ...known, unknown: false };
}

/** Statuses of a subscription that was never paid for: it neither gives access nor takes any away. */
export function neverBegan(status: string | null): boolean {
  return status === null || status === 'incomplete' || status === 'incomplete_expired';
}
