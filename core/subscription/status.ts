/** Maps Stripe's subscription statuses to the entitlement row, and ranks them. */
import type { EntitlementStatus } from '../../contract/entitlements.ts';

interface StatusMeaning {
  readonly entitlement: EntitlementStatus;
  /** The subscription with the lowest rank decides. */
  readonly rank: number;
  /** The subscription continues, or can continue. It has a plan and a period. */
  readonly alive: boolean;
  /** Stripe added the status after this version. */
  readonly unknown: boolean;
}

/**
 * `unpaid` maps to `past_due`, since the customer can still pay; Stripe no longer tries to collect. `paused` maps to
 * `canceled` until it is resumed. `incomplete` was never paid.
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

/** Gives no access, but ranks before ended subscriptions so that an unknown status is noticed. */
const unknownMeaning: StatusMeaning = { entitlement: 'none', rank: 5, alive: false, unknown: true };

export function isKnownStatus(status: string): boolean {
  return Object.hasOwn(meanings, status);
}

export function meaningOf(status: string): StatusMeaning {
  const known = isKnownStatus(status) ? meanings[status] : undefined;
  return known === undefined ? unknownMeaning : { ...known, unknown: false };
}

/**
 * Returns whether the subscription can never bill again. All others are live: an incomplete one can still be paid, by a
 * delayed payment method, and an unknown status may mean anything.
 */
export function hasEnded(status: string): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}

/** Returns whether the subscription was never paid for. Such a subscription neither gives access nor removes it. */
export function neverBegan(status: string | null): boolean {
  return status === null || status === 'incomplete' || status === 'incomplete_expired';
}
