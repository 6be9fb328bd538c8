/** Stripe Checkout and the billing portal in memory: sessions that expire by themselves, and keys that live a day. */
import type { CheckoutSession, CheckoutSessions, OpenedOrder } from '../../core/checkout/sessions.ts';
import type { PortalSessions } from '../../core/portal/portal.ts';
import type { Network } from '../engine/invocation.ts';
import type { Session, StripeWorld } from './stripe.ts';

const KEY_LIFETIME_MS = 24 * 3_600_000;

export function sessionsOf(world: StripeWorld, network: Network): CheckoutSessions {
  const { sessions } = world;
  return {
    list: (customerId) =>
      network.call('stripe', 'list checkouts', () =>
        world.customers.has(customerId)
          ? [...sessions.values()].filter(({ order }) => order.customerId === customerId).map(asListed)
          : 'missing',
      ),
    retrieve: (id) =>
      network.call('stripe', 'retrieve checkout', () => {
        const session = sessions.get(id);
        return session === undefined ? 'missing' : current(world, session).status;
      }),
    open: (order, { key }) =>
      network.timed('stripe', 'open checkout', () => {
        const session = openOnce(world, order, key);
        return () => {
          return typeof session === 'string' ? session : asListed(session);
        };
      }),
    expire: (id) => network.call('stripe', 'expire checkout', () => expire(world, id)),
  };

  function asListed(session: Session): CheckoutSession {
    const { id, order, createdMs, status, paymentPending } = current(world, session);
    const { fingerprint, trialDays, expiresAt } = order;
    const url = status === 'open' ? `https://checkout.example/${id}` : null;
    const createdAt = Math.floor(createdMs / 1000);
    return {
      id,
      mode: order.once === undefined ? 'subscription' : 'payment',
      status,
      url,
      paymentPending,
      createdAt,
      expiresAt,
      fingerprint,
      trialDays,
      clientSecret: null,
      amounts: null,
    };
  }
}

/** Returns the session as it is now: an open one expires by itself. */
export function current(world: StripeWorld, session: Session): Session {
  const isOver = world.timeline.nowMs >= session.order.expiresAt * 1000;
  return session.status === 'open' && isOver ? { ...session, status: 'expired' } : session;
}

function openOnce(
  world: StripeWorld,
  order: OpenedOrder,
  key: string,
): Session | 'missing' | 'failure_stored' {
  const { nowMs } = world.timeline;
  const known = world.sessionKeys.get(key);
  const repeated =
    known !== undefined && nowMs < known.untilMs ? world.sessions.get(known.sessionId) : undefined;
  // Stripe refuses a key that comes with other parameters.
  if (repeated !== undefined)
    return JSON.stringify(repeated.order) === JSON.stringify(order) ? repeated : 'failure_stored';
  if (world.customers.get(order.customerId)?.deletedMs !== null) return 'missing';
  const id = `cs_${String(world.sessions.size + 1).padStart(3, '0')}`;
  const session: Session = {
    id,
    order,
    createdMs: nowMs,
    status: 'open',
    paymentPending: false,
  };
  world.sessions.set(id, session);
  world.sessionKeys.set(key, { sessionId: id, untilMs: nowMs + KEY_LIFETIME_MS });
  return session;
}

function expire(world: StripeWorld, id: string): 'expired' | 'not_open' {
  const session = world.sessions.get(id);
  if (session === undefined || session.status === 'complete') return 'not_open';
  world.sessions.set(id, { ...session, status: 'expired' });
  return 'expired';
}

export function expireOpenSessions(world: StripeWorld, customerId: string): void {
  for (const { id, order } of world.sessions.values()) if (order.customerId === customerId) expire(world, id);
}

/** The URL of a page names its customer. */
export function portalOf(world: StripeWorld, network: Network): PortalSessions {
  return {
    open: (visit) =>
      network.call('stripe', 'open portal', () => {
        if (world.customers.get(visit.customerId)?.deletedMs !== null) return 'missing';
        return { url: `https://billing.example/${visit.customerId}` };
      }),
  };
}
