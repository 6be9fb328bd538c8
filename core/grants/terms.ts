/** What a person gives a user without payment, for how long and why. Pure. */
import { type Claim, emptySubscriptionState } from '../entitlement/row.ts';

export interface GrantTerms {
  readonly plan: string;
  /** Sorted keys of what it unlocks in addition. */
  readonly features: readonly string[];
  /** Unix seconds. Null: until it is revoked. */
  readonly until: number | null;
  /** Who gives it. */
  readonly by: string;
  readonly reason: string;
}

const DAY_SECONDS = 86_400;
/** A later year is a typing error more likely than a plan. */
const LONGEST_SECONDS = 3_653 * DAY_SECONDS;
/** The row's history repeats the name and the reason, and every request of the user reads the row. */
export const longest = { reason: 200, by: 64, key: 100, features: 20 } as const;

/** A plan or a feature: no spaces, and no commas, which separate them. */
const KEY = /^[^\s,\p{C}]+$/u;
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

/** Returns what is wrong with the terms, or `undefined` if nothing is. */
export function wrongIn(terms: GrantTerms, nowSeconds: number): string | undefined {
  const { plan, features, until, by, reason } = terms;
  if (!isKey(plan)) return `The plan must be one word of at most ${longest.key} characters.`;
  if (!features.every(isKey)) return `Each feature must be one word of at most ${longest.key} characters.`;
  if (features.length > longest.features) return `A grant has at most ${longest.features} features.`;
  if (!isLine(reason, longest.reason)) {
    return `The reason must be one line of at most ${longest.reason} characters.`;
  }
  if (!isLine(by, longest.by)) {
    return `The name of who gives it must be one line of at most ${longest.by} characters.`;
  }
  if (until !== null && until <= nowSeconds) return 'The end has passed.';
  if (until !== null && until > nowSeconds + LONGEST_SECONDS) {
    return 'The end is more than ten years away. A grant without an end is possible.';
  }
  return undefined;
}

function isKey(text: string): boolean {
  return text.length <= longest.key && KEY.test(text);
}

function isLine(text: string, atMost: number): boolean {
  return text.trim() !== '' && text.length <= atMost && LINE.test(text);
}

/** Returns the end of a grant whose last day begins then, in UTC. */
export function endOfDay(beginsSeconds: number): number {
  return beginsSeconds + DAY_SECONDS;
}

/** Returns the end of the UTC day that is so many days after today, so the user has at least that many whole days. */
export function endAfterDays(days: number, nowSeconds: number): number {
  const today = Math.floor(nowSeconds / DAY_SECONDS) * DAY_SECONDS;
  return endOfDay(today + days * DAY_SECONDS);
}

/** Nothing renews a grant, so its end is a scheduled one: no grace follows. */
export function claimOfGrant(id: string, { plan, features, until, by, reason }: GrantTerms): Claim {
  return {
    ...emptySubscriptionState,
    source: 'grant',
    status: 'active',
    plan,
    currentPeriodEnd: until,
    cancelAtPeriodEnd: until !== null,
    cancelAt: until,
    reversal: null,
    origin: { id, store: null, manageUrl: null, features, continues: false, grant: { by, reason } },
  };
}
