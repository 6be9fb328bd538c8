/** Implements Checkout sessions with Stripe. */
import type { Stripe } from 'stripe';
import type { LineItem } from '../../core/checkout/checkout-request.ts';
import type {
  CheckoutSession,
  CheckoutSessions,
  OpenedOrder,
  Opening,
} from '../../core/checkout/sessions.ts';
import { recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { sha256 } from '../system/hash.ts';
import type { StripeApi } from './api.ts';
import { callStripe, isMissingCustomer, orMissing } from './call.ts';
import { listIn, secondsAt, unknownShape } from './json.ts';
import { checkoutMetadataFor, isFromOurCheckout } from './metadata.ts';
import { PAGE_SIZE, readPages } from './pages.ts';
import { saleIn, saleMetadata } from './purchases.ts';
import { failureStoredOrThrow, retriesOf } from './stored-failure.ts';

/** Sessions expire after a day, so no user has more open ones than this. */
const MAX_PAGES = 10;
const HASH_LENGTH = 16;
/** The metadata key of the order's fingerprint, on sessions of this checkout. */
const FINGERPRINT = 'order';
/** The metadata key of the trial's length. Stripe shows a session's terms only on the subscription it creates. */
const TRIAL = 'trial_days';

/** Sessions and their subscriptions name the pool, so that other stages ignore them. */
export function createCheckoutSessions(stripe: StripeApi, poolId: string): CheckoutSessions {
  return {
    list: (customer) => listSessions(stripe, customer),
    retrieve: async (id) => {
      const answer: unknown = await orMissing('retrieve checkout', stripe.checkout.sessions.retrieve(id));
      return answer === 'missing' ? 'missing' : sessionOf(answer).status;
    },
    open: (order, opening) => openSession(stripe, paramsOf(order, poolId), opening),
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
    paymentPending: status === 'complete' && textAt(session, 'payment_status') === 'unpaid',
    createdAt: secondsAt(session, 'created') ?? 0,
    expiresAt: secondsAt(session, 'expires_at') ?? 0,
    fingerprint: isFromOurCheckout(metadata) ? textAt(metadata, FINGERPRINT) : null,
    givesTrial: isFromOurCheckout(metadata) && textAt(metadata, TRIAL) !== null,
  };
}

function paramsOf(order: OpenedOrder, poolId: string): Stripe.Checkout.SessionCreateParams {
  const metadata = checkoutMetadataFor(poolId, order.sub);
  const { once } = order;
  return {
    customer: order.customerId,
    // Set only on the session. The subscription, or the payment, names its user in its metadata.
    client_reference_id: order.sub,
    line_items: [order, ...order.addOns].map(lineOf),
    metadata: {
      ...metadata,
      [FINGERPRINT]: order.fingerprint,
      ...(order.trialDays === null ? {} : { [TRIAL]: String(order.trialDays) }),
      ...(once === undefined ? {} : saleMetadata(once)),
    },
    ...(once === undefined
      ? subscriptionParams(order, metadata)
      : { mode: 'payment', payment_intent_data: { metadata } }),
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
    expires_at: order.expiresAt,
    ...(order.promotion ? { allow_promotion_codes: true } : {}),
  };
}

function subscriptionParams(
  order: OpenedOrder,
  metadata: Record<string, string>,
): Pick<Stripe.Checkout.SessionCreateParams, 'mode' | 'subscription_data'> {
  return {
    mode: 'subscription',
    subscription_data: {
      metadata,
      ...(order.trialDays === null
        ? {}
        : {
            trial_period_days: order.trialDays,
            trial_settings: { end_behavior: { missing_payment_method: 'cancel' as const } },
          }),
    },
  };
}

/** Stripe refuses a quantity of a price that bills usage. */
function lineOf({ price, quantity }: LineItem): Stripe.Checkout.SessionCreateParams.LineItem {
  return quantity === null ? { price } : { price, quantity };
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
