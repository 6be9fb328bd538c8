/** Implements Checkout sessions with Stripe. */
import type { Stripe } from 'stripe';
import type {
  CheckoutSession,
  CheckoutSessions,
  Opening,
  SessionAmounts,
} from '../../core/checkout/sessions.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { sha256 } from '../system/hash.ts';
import type { StripeApi } from './api.ts';
import { callStripe, isMissingCustomer, orMissing } from './call.ts';
import { checkoutParams, FINGERPRINT, TRIAL } from './checkout-params.ts';
import { listIn, secondsAt, unknownShape } from './json.ts';
import { isFromOurCheckout } from './metadata.ts';
import { PAGE_SIZE, readPages } from './pages.ts';
import { saleIn } from './purchases.ts';
import { failureStoredOrThrow, retriesOf } from './stored-failure.ts';

/** Sessions expire after a day, so no user has more open ones than this. */
const MAX_PAGES = 10;
const HASH_LENGTH = 16;

export function createCheckoutSessions(stripe: StripeApi, poolId: string): CheckoutSessions {
  return {
    list: (customer) => listSessions(stripe, customer),
    retrieve: async (id) => {
      const answer: unknown = await orMissing('retrieve checkout', stripe.checkout.sessions.retrieve(id));
      return answer === 'missing' ? 'missing' : sessionOf(answer).status;
    },
    open: (order, opening) => openSession(stripe, checkoutParams(order, poolId), opening),
    expire: (id) => expireSession(stripe, id),
  };
}

/**
 * The key names the parameters as they are sent. Stripe refuses a key that comes with others, so a version that builds them
 * in another way must not meet the keys of the one before.
 */
async function openSession(
  stripe: StripeApi,
  params: Stripe.Checkout.SessionCreateParams,
  { key, generation }: Opening,
): Promise<CheckoutSession | 'failure_stored' | 'missing'> {
  const call = stripe.checkout.sessions.create(params, {
    idempotencyKey: `${key}-${sha256(JSON.stringify(params)).slice(0, HASH_LENGTH)}`,
    ...retriesOf(generation),
  });
  const answer: unknown = await callStripe(
    'open checkout',
    call.catch((cause: unknown) => (isMissingCustomer(cause) ? 'missing' : failureStoredOrThrow(cause))),
  );
  return answer === 'failure_stored' || answer === 'missing' ? answer : sessionOf(answer);
}

/** Returns all open sessions from every page, and the newest of the others. */
async function listSessions(
  stripe: StripeApi,
  customer: string,
): Promise<readonly CheckoutSession[] | 'missing'> {
  const [newest, open] = await Promise.all([
    orMissing('list checkouts', stripe.checkout.sessions.list({ customer, limit: PAGE_SIZE })),
    openSessions(stripe, customer),
  ]);
  if (newest === 'missing' || open === 'missing') return 'missing';
  const { entries } = listIn('list checkouts', newest);
  const all = [...open, ...entries].filter(isRelevant).map(sessionOf);
  // A session can be in both lists. The second one also shows sessions that are no longer open, so its entry wins.
  return [...new Map(all.map((session) => [session.id, session])).values()];
}

async function openSessions(
  stripe: StripeApi,
  customer: string,
): Promise<readonly UnknownRecord[] | 'missing'> {
  const operation = 'list open checkouts';
  return readPages({ operation, maxPages: MAX_PAGES }, (page) =>
    orMissing(operation, stripe.checkout.sessions.list({ customer, status: 'open' as const, ...page })),
  );
}

/** What other code sells once, and a session in setup mode, is no concern of this checkout. */
function isRelevant(json: UnknownRecord): boolean {
  return textAt(json, 'mode') === 'subscription' || saleIn(json) !== undefined;
}

function sessionOf(json: unknown): CheckoutSession {
  const session = recordIn(json);
  const id = textAt(session, 'id');
  const status = textAt(session, 'status');
  if (id === null || (status !== 'open' && status !== 'complete' && status !== 'expired')) {
    throw unknownShape('read checkout', 'a session with an id and a known status');
  }
  const metadata = recordAt(session, 'metadata');
  return {
    id,
    mode: textAt(session, 'mode') === 'payment' ? 'payment' : 'subscription',
    status,
    url: textAt(session, 'url'),
    clientSecret: status === 'open' ? textAt(session, 'client_secret') : null,
    amounts: amountsIn(session),
    paymentPending: status === 'complete' && textAt(session, 'payment_status') === 'unpaid',
    createdAt: secondsAt(session, 'created') ?? 0,
    expiresAt: secondsAt(session, 'expires_at') ?? 0,
    fingerprint: isFromOurCheckout(metadata) ? textAt(metadata, FINGERPRINT) : null,
    trialDays: isFromOurCheckout(metadata) ? daysIn(textAt(metadata, TRIAL)) : null,
  };
}

/** A trial of an unknown length is still a trial, to which no one else has a claim. */
function daysIn(text: string | null): number | null {
  if (text === null) return null;
  return /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

function amountsIn(session: UnknownRecord | null): SessionAmounts | null {
  const total = integerAt(session, 'amount_total');
  const currency = textAt(session, 'currency');
  if (total === null || currency === null) return null;
  const automatic = recordAt(session, 'automatic_tax');
  const isKnown = automatic?.['enabled'] !== true || textAt(automatic, 'status') === 'complete';
  const tax = integerAt(recordAt(session, 'total_details'), 'amount_tax') ?? 0;
  return { total, currency, tax: isKnown ? tax : null };
}

/** Expires a session. Stripe rejects this for a session that is no longer open, so a failure is checked by its status. */
async function expireSession(stripe: StripeApi, id: string): Promise<'expired' | 'not_open'> {
  try {
    const operation = 'expire checkout';
    const expired: unknown = await orMissing(operation, stripe.checkout.sessions.expire(id));
    if (expired === 'missing') return 'not_open';
    if (sessionOf(expired).status === 'expired') return 'expired';
    throw unknownShape(operation, 'a session that has expired');
  } catch (error) {
    const answer: unknown = await orMissing('retrieve checkout', stripe.checkout.sessions.retrieve(id));
    if (answer === 'missing') return 'not_open';
    const { status } = sessionOf(answer);
    if (status === 'open') throw error;
    return status === 'expired' ? 'expired' : 'not_open';
  }
}

export async function expireOpenSessions(stripe: StripeApi, customer: string): Promise<void> {
  const open = await openSessions(stripe, customer);
  if (open === 'missing') return;
  const ids = open.map((session) => textAt(session, 'id')).filter((id) => id !== null);
  await Promise.all(ids.map((id) => expireSession(stripe, id)));
}
