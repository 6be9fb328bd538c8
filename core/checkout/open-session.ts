/** Opens a Checkout session under a key that equal requests of one moment share, and no others. */
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { CheckoutRequest } from './checkout-request.ts';
import type { SaleTerms } from './sale-terms.ts';
import type { CheckoutSession, CheckoutSessions, OpenedOrder } from './sessions.ts';

export interface OpenSessionServices {
  readonly terms: SaleTerms;
  readonly sessions: Pick<CheckoutSessions, 'open'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly hash: (text: string) => string;
}

const SESSION_SECONDS = 3_600;
/** Expiry times are rounded up to this step, so that a double click sends the same request twice. */
const EXPIRY_STEP_SECONDS = 600;
/** Stripe keeps a failed answer for a day. A request meets at most one new failure, and passes all that are stored. */
const GENERATIONS = 6;

/**
 * Opens the session, or returns the one that an equal request has just opened. The key names every session of the user that
 * was seen before, and not only the newest: those of one second have no order. A double click has seen the same ones; a
 * request after it sees the session of the first, so no answer about a session that was replaced is ever repeated to it.
 */
export async function openSession(
  { sessions, clock, hash, terms }: OpenSessionServices,
  buyer: Pick<OpenedOrder, 'sub' | 'customerId' | 'collection'> & { readonly request: CheckoutRequest },
  opening: {
    readonly fingerprint: string;
    readonly trialDays: number | null;
    readonly seen: readonly Pick<CheckoutSession, 'id'>[];
  },
): Promise<CheckoutSession | 'missing'> {
  const { fingerprint, trialDays } = opening;
  const now = nowSeconds(clock);
  const expiresAt = Math.ceil(now / EXPIRY_STEP_SECONDS) * EXPIRY_STEP_SECONDS + SESSION_SECONDS;
  const { sub, customerId, request, collection } = buyer;
  const order = { ...request, sub, customerId, fingerprint, trialDays, terms, collection, expiresAt };
  const seen = opening.seen.map(({ id }) => id).sort();
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    const key = `checkout-${hash(JSON.stringify(['session', order, seen, generation]))}`;
    const opened = await sessions.open(order, { key, generation });
    // The failed request has ended. If it had its effect, the second read finds the session and expires the older one.
    if (opened !== 'failure_stored') return opened;
  }
  throw new Fault({
    code: 'unavailable',
    system: 'stripe',
    operation: 'open checkout',
    reason: 'opening_failures_stored',
  });
}
