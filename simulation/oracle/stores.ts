/**
 * Computes what a user's purchases in app stores are expected to give. Written only from docs/contract.md, and without the
 * product's code.
 */
import type { Purchase } from './answer.ts';
import { noSubscription } from './state.ts';

/** What RevenueCat says about a purchase. */
export interface StoreItem {
  readonly id: string;
  readonly productId: string | null;
  readonly store: 'app_store' | 'play_store' | 'amazon' | 'web' | 'promotional' | null;
  readonly givesAccess: boolean;
  readonly phase: 'trial' | 'paid' | 'payment_retried' | 'paused' | 'owned' | 'over';
  readonly until: number | null;
  readonly ends: boolean;
  readonly billsAgain: boolean;
  readonly manageUrl: string | null;
  readonly features: readonly string[];
}

/** What a store lets continue after the end of the paid time counts for a day from each read. */
const DAY_SECONDS = 86_400;

/** Whether it gives access, or may give it again. */
export function isCurrent({ givesAccess, billsAgain }: StoreItem): boolean {
  return givesAccess || billsAgain;
}

/** The current ones, or else the one that ended last. Those that give access come first, then those that last longest. */
export function expectedInStores(items: readonly StoreItem[], readAt: number): readonly Purchase[] {
  const sorted = [...items].sort((a, b) => (a.id < b.id ? -1 : 1)).sort((a, b) => compareEnds(b, a));
  const current = sorted.filter(isCurrent);
  const counting = current.length > 0 ? current : sorted.slice(0, 1);
  return [
    ...counting.filter(({ givesAccess }) => givesAccess),
    ...counting.filter(({ givesAccess }) => !givesAccess),
  ].map((item) => purchaseOf(item, readAt));
}

function compareEnds(a: StoreItem, b: StoreItem): number {
  const [first, second] = [lastsUntil(a), lastsUntil(b)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function lastsUntil({ until, phase }: StoreItem): number {
  if (until !== null) return until;
  return phase === 'owned' ? Number.POSITIVE_INFINITY : 0;
}

function purchaseOf(item: StoreItem, readAt: number): Purchase {
  const { id, productId, store, manageUrl, features } = item;
  const shown = isCurrent(item) ? { plan: productId } : {};
  const source = store === 'promotional' ? 'grant' : store;
  return {
    state: { ...noSubscription, ...shown, ...(item.givesAccess ? running(item, readAt) : stopped(item)) },
    reversal: null,
    origin: { id, source, manageUrl, features },
  };
}

function running({ phase, until, ends }: StoreItem, readAt: number) {
  const isForever = phase === 'owned' && until === null;
  const end = until !== null && until > readAt ? until : readAt + DAY_SECONDS;
  const currentPeriodEnd = isForever ? null : end;
  return {
    status: phase === 'trial' ? 'trialing' : 'active',
    currentPeriodEnd,
    trialExpiresAt: phase === 'trial' ? currentPeriodEnd : null,
    cancelAtPeriodEnd: ends,
    cancelAt: ends ? currentPeriodEnd : null,
  };
}

function stopped({ phase, until }: StoreItem) {
  const isRetried = phase === 'payment_retried';
  return {
    status: isRetried ? 'past_due' : 'canceled',
    currentPeriodEnd: until,
    trialExpiresAt: phase === 'trial' ? until : null,
    pastDueSince: isRetried ? until : null,
  };
}
