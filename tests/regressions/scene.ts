/** Shared by the regression tests: users as a sign-up creates them, their subscriptions, and events about both. */
import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { apiEvent, type Form } from '../support/api-events.ts';
import { type ApiAnswer, createStage, type Item, type Stage, type StageOptions } from '../support/stage.ts';
import { delivered, type EventOverrides, stripeEvent } from '../support/webhooks.ts';

export interface TestUser {
  readonly sub: string;
  readonly customerId: string;
}

export interface Scene {
  readonly stage: Stage;
  readonly prices: { readonly monthly: string; readonly yearly: string };
  /** The product of both. */
  readonly productId: string;
  /** Creates what a sign-up creates: a customer (with a valid card), a profile, and a row without access. */
  readonly createUser: (rows?: {
    readonly entitlement?: Item | null;
    readonly profile?: Item | null;
    /** A user of the pool. By default, Cognito does not know the user. */
    readonly sub?: string;
  }) => Promise<TestUser>;
  readonly createCustomer: (metadata: Record<string, string>) => Promise<string>;
  readonly subscribe: (
    customerId: string,
    overrides?: Partial<Stripe.SubscriptionCreateParams>,
  ) => Promise<Stripe.Subscription>;
  /** Delivers the event as a signed webhook. */
  readonly send: (event: object) => Promise<ApiAnswer>;
  /** Delivers an event about the customer whose payload is out of date. */
  readonly notify: (customerId: string, type?: string, overrides?: EventOverrides) => Promise<ApiAnswer>;
  /** The body of `GET /me/entitlements`. */
  readonly entitlements: (sub: string) => Promise<Item>;
  readonly deleteAccount: (
    user: { readonly sub: string; readonly username?: string },
    form?: Form,
  ) => Promise<ApiAnswer>;
  /** Calls a control route of the simulator, for changes that only time or Stripe itself makes. */
  readonly control: (route: string, body?: object) => Promise<void>;
  readonly useCard: (customerId: string, card: string) => Promise<void>;
  readonly customersOf: (sub: string) => Promise<readonly Stripe.Customer[]>;
}

export async function openScene(options: StageOptions = {}): Promise<Scene> {
  const stage = await createStage(options);
  const { stripe } = stage;
  const product = await stripe.products.create({ name: 'Pro' });
  const price = async (interval: 'month' | 'year', unit_amount: number) => {
    const recurring = { interval };
    const made = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount, recurring });
    return made.id;
  };
  const prices = { monthly: await price('month', 990), yearly: await price('year', 9_900) };
  const createCustomer: Scene['createCustomer'] = async (metadata) => {
    const card = { payment_method: 'pm_card_visa' };
    const { id } = await stripe.customers.create({
      metadata,
      ...card,
      invoice_settings: { default_payment_method: card.payment_method },
    });
    return id;
  };
  const send: Scene['send'] = (event) => stage.call('stripe-webhook', delivered(event));
  return {
    stage,
    prices,
    productId: product.id,
    createCustomer,
    send,
    createUser: async ({ entitlement = {}, profile = {}, sub = randomUUID() } = {}) => {
      const customerId = await createCustomer({ cognito_sub: sub });
      if (profile !== null) await stage.putProfile({ userId: sub, stripeCustomerId: customerId, ...profile });
      if (entitlement !== null) {
        await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1, ...entitlement });
      }
      return { sub, customerId };
    },
    subscribe: (customer, overrides = {}) =>
      stripe.subscriptions.create({ customer, items: [{ price: prices.monthly }], ...overrides }),
    notify: (customer, type = 'customer.subscription.updated', overrides = {}) => {
      const payload = { id: 'sub_of_the_event', object: 'subscription', customer, status: 'incomplete' };
      return send(stripeEvent(type, payload, overrides));
    },
    entitlements: async (sub) => {
      const event = apiEvent('http', { path: '/me/entitlements', claims: { sub } });
      return (await stage.call('entitlements-api', event)).body;
    },
    deleteAccount: ({ sub, username = sub }, form = 'http') => {
      const claims = { sub, 'cognito:username': username };
      return stage.call('delete-user', apiEvent(form, { method: 'DELETE', path: '/me/account', claims }));
    },
    control: async (route, body = {}) => {
      const url = `${stage.stripeUrl}/_simulator/${route}`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${route}.`);
    },
    useCard: async (customerId, card) => {
      const { id } = await stripe.paymentMethods.attach(card, { customer: customerId });
      await stripe.customers.update(customerId, { invoice_settings: { default_payment_method: id } });
    },
    customersOf: async (sub) => {
      const { data } = await stripe.customers.list({ limit: 100 });
      return data.filter(({ metadata }) => metadata['cognito_sub'] === sub);
    },
  };
}

/** A time so long ago that what is read from Stripe now certainly includes it. */
export function longAgo(): { readonly created: number } {
  return { created: Math.floor(Date.now() / 1000) - 60 };
}

/** The attributes that record when, how often and for what a row was written. No user sees them. */
const bookkeeping: ReadonlySet<string> = new Set([
  'updatedAt',
  'version',
  'synced_at',
  'subscriptions_synced_at',
  'syncs',
  'features_of',
  'features_read',
  'features_version',
  'history',
]);

/** Returns what the row says of the user. */
export function withoutBookkeeping(row: Item | undefined): Item {
  return Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !bookkeeping.has(name)));
}

/** Cognito's event after a confirmed sign-up. */
export function confirmation(
  stage: Pick<Stage, 'poolId'>,
  sub: string,
  overrides: Item = {},
  attributes: Item = {},
): Item {
  return {
    version: '1',
    userPoolId: stage.poolId,
    userName: sub,
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: { userAttributes: { sub, email: `${sub}@example.com`, given_name: 'Ada', ...attributes } },
    response: {},
    ...overrides,
  };
}
