/** Stripe and Cognito in memory behave like the adapters on the embedded servers, in everything that the use cases call. */
import { randomUUID } from 'node:crypto';
import { AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCognito } from '../../adapters/cognito/client.ts';
import { createUserDirectory } from '../../adapters/cognito/user-directory.ts';
import { createBilling } from '../../adapters/stripe/billing.ts';
import { createStripe } from '../../adapters/stripe/client.ts';
import type { UserDirectory } from '../../core/account/pool-user.ts';
import type {
  ComingReader,
  CustomerRemover,
  CustomerWriter,
  NewCustomer,
  SubscriptionReader,
} from '../../core/billing/billing.ts';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';
import { billingOf } from '../../simulation/worlds/billing.ts';
import { createCognitoWorld, userDirectoryOf } from '../../simulation/worlds/cognito.ts';
import { putSubscription } from '../../simulation/worlds/stripe.ts';
import { item, subscription, T0 } from '../support/subscriptions.ts';
import { directLine, quietStripe, stillTimeline } from '../support/worlds.ts';

interface Parts {
  readonly billing: SubscriptionReader & ComingReader & CustomerWriter & CustomerRemover;
  /** Creates a subscription of a customer: active and naming no user, unless the terms say otherwise. */
  readonly subscribe: (customerId: string, terms?: Terms) => Promise<void>;
  /** Waits until Stripe's search includes every change. */
  readonly searchable: () => Promise<void>;
  readonly directory: UserDirectory;
  /** Creates a federated user, whose username differs from the sub. */
  readonly addFederated: () => Promise<{ readonly username: string; readonly sub: string }>;
  readonly hasUser: (username: string) => Promise<boolean>;
}

interface Terms {
  readonly status?: string;
  /** The user that its metadata name. */
  readonly names?: string;
}

let cloud: LocalCloud;
let systems: Systems;
const poolId = 'us-east-1_Conformance';

beforeAll(async () => {
  cloud = await createLocalCloud({
    ephemeral: true,
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
  });
  systems = systemsAt(cloud.env);
  Object.assign(process.env, cloud.env);
});
afterAll(async () => {
  systems.close();
  await cloud.close();
});

function embedded(): Parts {
  const base = new URL(systems.stripeUrl);
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
  const key = cloud.env['STRIPE_API_KEY'] ?? '';
  const stripe = createStripe(key, base, limits);
  const library = new Stripe(key, {
    protocol: 'http',
    host: base.hostname,
    port: base.port,
    telemetry: false,
  });
  return {
    billing: createBilling({ stripe, elapsedMs: () => performance.now() }),
    subscribe: async (customer, { status, names } = {}) => {
      const method = await library.paymentMethods.attach('pm_card_visa', { customer });
      const { data } = await library.prices.list({ lookup_keys: ['pro_monthly'] });
      const { id } = await library.subscriptions.create({
        customer,
        default_payment_method: method.id,
        items: [{ price: data[0]?.id ?? '' }],
        ...(names === undefined ? {} : { metadata: { cognito_sub: names } }),
      });
      if (status === undefined) return;
      const set = new URL(`/_simulator/subscriptions/${id}/set`, base);
      const answer = await fetch(set, { method: 'POST', body: JSON.stringify({ status }) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    searchable: () => Promise.resolve(),
    directory: createUserDirectory({
      client: createCognito({ timeoutMs: 5_000, maxAttempts: 1 }),
      poolId: systems.poolId,
    }),
    addFederated: async () => {
      const id = randomUUID();
      return cloud.signInFederated({ provider: 'Google', id, email: `${id}@example.com` });
    },
    hasUser: async (Username) => {
      const asked = systems.cognito.send(new AdminGetUserCommand({ UserPoolId: systems.poolId, Username }));
      return asked.then(
        () => true,
        () => false,
      );
    },
  };
}

function inMemory(): Parts {
  const timeline = stillTimeline();
  const stripe = quietStripe(timeline);
  const cognito = createCognitoWorld({ nowMs: Date.now, onDeletion: () => undefined });
  const line = directLine(timeline);
  return {
    billing: billingOf(stripe, line),
    subscribe: async (customerId, { status = 'active', names } = {}) => {
      const id = `sub_${stripe.subscriptions.size}`;
      if (names !== undefined) stripe.mislabeled.set(id, names);
      const created = subscription({ id, customerId, status, items: [item()] });
      putSubscription(stripe, created, 'customer.subscription.created');
    },
    searchable: async () => {
      timeline.after(120_000, () => {});
      await timeline.drain(10);
    },
    directory: userDirectoryOf(cognito, line),
    addFederated: async () => {
      const user = { username: `Google_${randomUUID()}`, sub: randomUUID() };
      cognito.users.set(user.username, user.sub);
      return user;
    },
    hasUser: async (username) => cognito.users.has(username),
  };
}

async function created(billing: CustomerWriter, user: NewCustomer, generation = 0): Promise<string> {
  const creation = await billing.createCustomer(user, generation);
  if (creation.kind === 'created') return creation.customerId;
  throw new Error('Stripe has stored a failure.');
}

const statuses = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
];

describe.each([
  ['in memory', inMemory],
  ['embedded', embedded],
])('Stripe and Cognito (%s)', (_, make) => {
  it('return the same customer for a repeated creation, even after it was deleted', async () => {
    const { billing } = make();
    const user = { poolId, sub: randomUUID() };
    const id = await created(billing, user);
    expect(await created(billing, user)).toBe(id);
    await billing.deleteCustomer(id);
    expect(await created(billing, user)).toBe(id);
    expect(await created(billing, user, 1)).not.toBe(id);
    expect(await created(billing, { poolId, sub: randomUUID() })).not.toBe(id);
  });

  it('return a deleted customer as a stub without a user, and report one that never existed as missing', async () => {
    const { billing } = make();
    const sub = randomUUID();
    const id = await created(billing, { poolId, sub });
    expect(await billing.retrieveCustomer(id)).toEqual({
      kind: 'customer',
      id,
      sub,
      poolId,
      createdAt: expect.any(Number),
      contact: { hasEmail: false, hasName: false },
    });
    expect(await billing.describeCustomer(id, { poolId, sub, email: 'a@example.com', name: null })).toBe(
      'described',
    );
    expect(await billing.retrieveCustomer(id)).toMatchObject({ contact: { hasEmail: true } });
    await billing.deleteCustomer(id);
    expect(await billing.retrieveCustomer(id)).toEqual({ kind: 'deleted' });
    expect(await billing.describeCustomer(id, { poolId, sub, email: null, name: null })).toBe('deleted');
    expect(await billing.retrieveCustomer('cus_never')).toEqual({ kind: 'missing' });
    expect(await billing.listSubscriptions('cus_never')).toBe('missing');
    expect(await billing.listComing(id)).toEqual([]);
    expect(await billing.listComing('cus_never')).toEqual([]);
  });

  it('cancel the subscriptions of a deleted customer, and accept a repeated deletion', async () => {
    const { billing, subscribe } = make();
    const id = await created(billing, { poolId, sub: randomUUID() });
    await subscribe(id);
    await billing.deleteCustomer(id);
    await billing.deleteCustomer(id);
    await billing.deleteCustomer('cus_never');
    const list = await billing.listSubscriptions(id);
    expect(list === 'missing' ? list : list.subscriptions.map(({ status }) => status)).toEqual(['canceled']);
  });

  it('list all subscriptions of a customer, with the time of the listing', async () => {
    const { billing, subscribe } = make();
    const id = await created(billing, { poolId, sub: randomUUID() });
    await subscribe(id);
    await subscribe(id);
    const list = await billing.listSubscriptions(id);
    if (list === 'missing') throw new Error('The customer is missing.');
    expect(list.subscriptions.map(({ status, customerId }) => [status, customerId])).toEqual([
      ['active', id],
      ['active', id],
    ]);
    expect(list.asOf).toBeGreaterThan(T0);
  });

  it('read what the metadata of subscriptions say, the newest first, without those of ended ones', async () => {
    const { billing, subscribe } = make();
    const id = await created(billing, { poolId, sub: randomUUID() });
    expect(await billing.readSubscriptionStamps(id)).toEqual([]);
    const named: [string, string][] = [];
    for (const status of statuses) {
      const names = randomUUID();
      named.push([status, names]);
      await subscribe(id, { status, names });
    }
    const stamps = await billing.readSubscriptionStamps(id);
    const ended = ['canceled', 'incomplete_expired'];
    const live = named.filter(([status]) => !ended.includes(status)).map(([, names]) => names);
    expect(stamps).toEqual([...live].reverse().map((sub) => ({ sub, poolId: null })));
    await billing.deleteCustomer(id);
    expect(await billing.readSubscriptionStamps(id)).toEqual([]);
    expect(await billing.readSubscriptionStamps('cus_never')).toEqual([]);
  });

  it('read what the metadata of every subscription say, however many there are', async () => {
    const { billing, subscribe } = make();
    const id = await created(billing, { poolId, sub: randomUUID() });
    const names = randomUUID();
    await subscribe(id, { names });
    for (let count = 0; count < 100; count += 1) await subscribe(id);
    const stamps = await billing.readSubscriptionStamps(id);
    expect([stamps.length, stamps.at(-1)]).toEqual([101, { sub: names, poolId: null }]);
    expect(stamps.filter(({ sub }) => sub !== null)).toHaveLength(1);
  });

  it('find customers by user once the search index has caught up, and no deleted ones', async () => {
    const { billing, searchable } = make();
    const sub = randomUUID();
    const id = await created(billing, { poolId, sub });
    await searchable();
    expect(await billing.findCustomers(sub)).toEqual([id]);
    expect(await billing.findCustomers(randomUUID())).toEqual([]);
    await billing.deleteCustomer(id);
    await searchable();
    expect(await billing.findCustomers(sub)).toEqual([]);
  });

  it('delete a federated user by the username only, and accept a repeated deletion', async () => {
    const { directory, addFederated, hasUser } = make();
    const { username, sub } = await addFederated();
    await directory.deleteUser({ sub, username: sub });
    expect(await hasUser(username)).toBe(true);
    await directory.deleteUser({ sub, username });
    expect(await hasUser(username)).toBe(false);
    await directory.deleteUser({ sub, username });
  });

  it('keep another user who has the username by now', async () => {
    const { directory, addFederated, hasUser } = make();
    const { username } = await addFederated();
    await directory.deleteUser({ sub: randomUUID(), username });
    expect(await hasUser(username)).toBe(true);
  });
});
