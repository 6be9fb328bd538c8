/** What the table counts of each user's requests, and which repeated deletions were checked lately. */
import type { DeletionChecks } from '../../core/account/repeated-deletion.ts';
import {
  type LimitedRequest,
  type RateLimit,
  type RequestCounter,
  windowOf,
} from '../../core/limits/request-limits.ts';
import type { Network } from '../engine/invocation.ts';

export interface RequestsWorld {
  /** The window and the count, by user and kind. */
  readonly counts: Map<string, { readonly window: number; readonly count: number }>;
  /** The repeated deletions that are checked or were settled, by user. */
  readonly deletions: Map<string, { readonly at: number; readonly settled: boolean }>;
}

export function createRequestsWorld(): RequestsWorld {
  return { counts: new Map(), deletions: new Map() };
}

const CHECK_SECONDS = 30;
const KNOWN_SECONDS = 600;

export function requestCounterOf({ counts }: RequestsWorld, network: Network): RequestCounter {
  const keyOf = (sub: string, kind: LimitedRequest) => `${sub} ${kind}`;
  const countedIn = (key: string, limit: RateLimit): { readonly window: number; readonly count: number } => {
    const first = windowOf(limit);
    const stored = counts.get(key);
    const isCurrent =
      stored !== undefined && stored.window >= first && stored.window <= first + limit.seconds;
    return isCurrent ? stored : { window: first, count: 0 };
  };
  return {
    count: (sub, kind, limit) =>
      network.call('dynamodb', 'count request', () => {
        const { window, count } = countedIn(keyOf(sub, kind), limit);
        if (count >= limit.atMost) return 'limited';
        counts.set(keyOf(sub, kind), { window, count: count + 1 });
        return 'allowed';
      }),
    isExhausted: (sub, kind, limit) =>
      network.call(
        'dynamodb',
        'read request count',
        () => countedIn(keyOf(sub, kind), limit).count >= limit.atMost,
      ),
    forget: (sub) =>
      network.call('dynamodb', 'remove request counts', () => {
        for (const key of counts.keys()) if (key.startsWith(`${sub} `)) counts.delete(key);
      }),
  };
}

export function deletionChecksOf({ deletions }: RequestsWorld, network: Network): DeletionChecks {
  return {
    reserve: (sub, nowSeconds) =>
      network.call('dynamodb', 'reserve deletion check', () => {
        const known = deletions.get(sub);
        const lasts = known?.settled === true ? KNOWN_SECONDS : CHECK_SECONDS;
        if (known !== undefined && known.at > nowSeconds - lasts) return known.settled ? 'known' : 'busy';
        deletions.set(sub, { at: nowSeconds, settled: false });
        return 'reserved';
      }),
    settle: (sub, isGone, nowSeconds) =>
      network.call('dynamodb', 'settle deletion check', () => {
        if (isGone) deletions.set(sub, { at: nowSeconds, settled: true });
        else deletions.delete(sub);
      }),
  };
}
