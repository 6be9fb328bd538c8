/** A user in front of a checkout on the worlds of the simulation. */
import { createHash } from 'node:crypto';
import { type CheckoutServices, createCheckout } from '../../core/checkout/checkout.ts';
import type { CheckoutRequest } from '../../core/checkout/checkout-request.ts';
import { nothingCollected, plainTerms } from '../../core/checkout/sale-terms.ts';
import type { OpenedOrder, Opening } from '../../core/checkout/sessions.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import { ownSyncRequest } from '../../core/sync/sync-own.ts';
import type { Session } from '../../simulation/worlds/stripe.ts';
import { createAccountWorld } from '../support/account-world.ts';

export const TRIAL_DAYS = 14;

export const request: CheckoutRequest = {
  price: 'price_base',
  quantity: 1,
  addOns: [],
  trialDays: null,
  promotion: false,
  locale: null,
  pages: {
    uiMode: 'hosted_page',
    successUrl: 'https://app.example.com/success',
    cancelUrl: 'https://app.example.com/cancel',
  },
};
/** What is the same in every order of these tests. */
export const usual = { terms: plainTerms, collection: nothingCollected, trialDays: null } as const;
/** A request that differs, so that no session for the other one is offered again. */
export const otherRequest: CheckoutRequest = { ...request, quantity: 2 };

/** The payer that a refused checkout names. */
export const byStripe = { source: 'stripe', manage_url: null } as const;

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export function checkoutScene(options: Partial<CheckoutServices> = {}) {
  const world = createAccountWorld();
  const account = world.addAccount('ann');
  const orders: { readonly order: OpenedOrder; readonly key: string; readonly generation: number }[] = [];
  const { sessions, trials: claims } = world.systems;
  const offers = { days: TRIAL_DAYS, trials: claims, hash: (text: string) => `hash of ${text}` };
  const services = {
    ...world.systems,
    provision: world.provision,
    sessions: {
      ...sessions,
      open: (order: OpenedOrder, opening: Opening) => {
        orders.push({ order, ...opening });
        return sessions.open(order, opening);
      },
    },
    hash,
    terms: plainTerms,
    syncCustomer: (of: { readonly sub: string; readonly customerId: string }) =>
      world.sync(ownSyncRequest({ ...of, cause: { kind: 'user', requestId: 'req_1' } })),
    policy: { renewalGraceSeconds: 72 * 3_600, rules: defaultRules, plans: {} },
  };
  const checkoutWith = (trials: CheckoutServices['trials']) =>
    createCheckout({ ...services, trials, ...options });
  const buyWith =
    (trials: CheckoutServices['trials']) =>
    (wanted: CheckoutRequest = request, sub = account.sub) =>
      checkoutWith(trials)({ sub, username: sub }, wanted);
  const putSession = (id: string, fields: Partial<Session> = {}): void => {
    const order = { ...request, ...usual, ...account, fingerprint: 'other' };
    world.stripe.sessions.set(id, {
      id,
      order: { ...order, expiresAt: world.nowSeconds() + 3_600 },
      createdMs: world.systems.clock.nowMs(),
      status: 'open',
      paymentPending: false,
      ...fields,
    });
  };
  const setStatus = (id: string, status: Session['status']): void => {
    const session = world.stripe.sessions.get(id);
    if (session !== undefined) world.stripe.sessions.set(id, { ...session, status });
  };
  return {
    world,
    ...account,
    // The sessions that the checkout asked Stripe to open.
    orders,
    buy: buyWith(null),
    buyWithTrial: buyWith(offers),
    putSession,
    setStatus,
    // The user pays on the page of the session.
    pay: (id: string, customerId = account.customerId): void => {
      setStatus(id, 'complete');
      world.addSubscription({ id: `sub_of_${id}`, customerId });
    },
    statuses: () =>
      Object.fromEntries([...world.stripe.sessions.values()].map(({ id, status }) => [id, status])),
    callsOf: (name: string): number => world.calls.filter((call) => call === name).length,
  };
}
