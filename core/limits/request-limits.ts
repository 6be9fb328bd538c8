/** How often one user may call what is costly: each of these requests calls Stripe several times. */
import { type Clock, nowSeconds } from '../system/clock.ts';

/** At most `atMost` requests in the window of `seconds` that contains `nowSeconds`. */
export interface RateLimit {
  readonly atMost: number;
  readonly seconds: number;
  readonly nowSeconds: number;
}

/**
 * A person who clicks impatiently, and a page that polls every few seconds, stay below these limits; a loop does not. The
 * window of a deletion is short, because one that has not ended the billing yet must not have to wait.
 */
export const requestLimits = {
  checkout: { atMost: 20, seconds: 60 },
  portal: { atMost: 20, seconds: 60 },
  billing: { atMost: 20, seconds: 60 },
  sync: { atMost: 10, seconds: 60 },
  subscription: { atMost: 10, seconds: 60 },
  prices: { atMost: 20, seconds: 60 },
  preview: { atMost: 20, seconds: 60 },
  deletion: { atMost: 5, seconds: 10 },
} as const;

export type LimitedRequest = keyof typeof requestLimits;

/** Counts outside of the user's row and profile, so that counting neither creates an account nor restores a deleted one. */
export interface RequestCounter {
  /** Counts one request. However many are counted at once, no more than `atMost` in a window are allowed. */
  count(sub: string, kind: LimitedRequest, limit: RateLimit): Promise<'allowed' | 'limited'>;
  /** Returns whether a request would be limited, without counting one. */
  isExhausted(sub: string, kind: LimitedRequest, limit: RateLimit): Promise<boolean>;
  /** Removes all counts of a user whose account is deleted. */
  forget(sub: string): Promise<void>;
}

export interface LimitServices {
  readonly requests: Pick<RequestCounter, 'count'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface Limited {
  readonly kind: 'limited';
  readonly retryAfterSeconds: number;
}

/** Counts a request that is about to call another system. Returns `undefined` if it may. */
export async function limitRequest(
  { requests, clock }: LimitServices,
  sub: string,
  kind: LimitedRequest,
): Promise<Limited | undefined> {
  const now = nowSeconds(clock);
  const counted = await requests.count(sub, kind, { ...requestLimits[kind], nowSeconds: now });
  return counted === 'allowed' ? undefined : limited(kind, now);
}

/** Returns whether the user's limit is reached, without counting a request. */
export async function isLimited(
  {
    requests,
    clock,
  }: { readonly requests: Pick<RequestCounter, 'isExhausted'> } & Pick<LimitServices, 'clock'>,
  sub: string,
  kind: LimitedRequest,
): Promise<Limited | undefined> {
  const now = nowSeconds(clock);
  const limit = { ...requestLimits[kind], nowSeconds: now };
  return (await requests.isExhausted(sub, kind, limit)) ? limited(kind, now) : undefined;
}

function limited(kind: LimitedRequest, now: number): Limited {
  const { seconds } = requestLimits[kind];
  return { kind: 'limited', retryAfterSeconds: seconds - (now % seconds) };
}

/** Returns the start of the window that contains the time. */
export function windowOf({ nowSeconds: now, seconds }: RateLimit): number {
  return Math.floor(now / seconds) * seconds;
}
