import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import type { UnknownRecord } from '../../core/system/record.ts';
import type { RevenueCatAnswer, RevenueCatClient } from './client.ts';
import { createPurchases } from './purchases.ts';

/** 2027-01-01, in Unix seconds. */
const END = 1_798_761_600;

const bought = (id: string, fields: UnknownRecord = {}): UnknownRecord => ({
  id,
  product_id: 'prod1',
  store: 'app_store',
  environment: 'production',
  status: 'active',
  gives_access: true,
  auto_renewal_status: 'will_renew',
  current_period_ends_at: END * 1_000,
  ends_at: null,
  entitlements: { items: [{ id: 'entl1', lookup_key: 'pro' }] },
  ...fields,
});

type Answers = Readonly<Record<string, RevenueCatAnswer | Fault>>;

const list = (...items: readonly UnknownRecord[]): RevenueCatAnswer => ({
  body: { items, next_page: null },
  asOf: 100,
});

/** Answers by the last part of the path, and knows nothing else. */
function purchasesWith(answers: Answers, allowSandbox = false) {
  const paths: string[] = [];
  const client: RevenueCatClient = {
    get: async (_, path) => {
      paths.push(path);
      const answer = answers[/\/(?<name>\w+)(?:\?.*)?$/.exec(path)?.groups?.['name'] ?? ''] ?? 'missing';
      if (answer instanceof Fault) throw answer;
      return answer;
    },
    delete: async (_, path) => {
      paths.push(`DELETE ${path}`);
      return 'missing';
    },
  };
  return { paths, ...createPurchases({ client, allowSandbox }) };
}

const empty = { subscriptions: list(), purchases: list() };
const monthly: RevenueCatAnswer = { body: { store_identifier: 'monthly_pro' }, asOf: null };
const refused = (statusCode: number) =>
  new Fault({ code: 'refused', system: 'revenuecat', operation: 'retrieve product', statusCode });

describe('The purchases of a user', () => {
  it('are unknown if RevenueCat does not know the customer', async () => {
    expect(await purchasesWith({}).readPurchases('user')).toEqual({
      known: false,
      purchases: [],
      asOf: null,
    });
    expect(await purchasesWith(empty).readPurchases('user')).toMatchObject({ known: true, asOf: 100 });
  });

  it('are as old as the older of the two lists', async () => {
    const answers = { subscriptions: { ...list(), asOf: 90 }, purchases: list() };
    expect(await purchasesWith(answers).readPurchases('user')).toMatchObject({ asOf: 90 });
    const untimed = { subscriptions: { ...list(), asOf: null }, purchases: list() };
    expect(await purchasesWith(untimed).readPurchases('user')).toMatchObject({ asOf: 100 });
  });

  it.each([
    ['its subscriptions', { purchases: list() }],
    ['its purchases', { subscriptions: list(bought('sub1')) }],
    ['what is active', { subscriptions: list(), purchases: list(bought('purch1', { status: 'owned' })) }],
  ] as const)('are not read in part if the customer is missing for %s alone', async (_, answers) => {
    await expect(purchasesWith({ ...answers, prod1: monthly }).readPurchases('user')).rejects.toMatchObject({
      details: { code: 'unavailable', reason: 'customer_changed' },
    });
  });

  it('name the product as the store does, which is looked up once', async () => {
    const subscriptions = list(bought('sub1'), bought('sub2', { product_id: null }));
    const stores = purchasesWith({ ...empty, subscriptions, prod1: monthly });
    for (const user of ['one', 'two']) {
      const { purchases } = await stores.readPurchases(user);
      expect(purchases.map(({ productId }) => productId)).toEqual(['monthly_pro', null]);
    }
    expect(stores.paths.filter((path) => path.startsWith('/products/'))).toEqual(['/products/prod1']);
  });

  it.each([
    ['may not be read', refused(403)],
    ['is deleted', undefined],
    ['has no name', { body: {}, asOf: null }],
  ])("keep RevenueCat's id of a product that %s", async (_, prod1) => {
    const answers = { ...empty, subscriptions: list(bought('sub1')), ...(prod1 ? { prod1 } : {}) };
    const { purchases } = await purchasesWith(answers).readPurchases('user');
    expect(purchases).toMatchObject([{ id: 'sub1', productId: 'prod1', givesAccess: true }]);
  });

  it.each(['\ud800', '..'])('do not ask for a product with the id %j', async (product_id) => {
    const stores = purchasesWith({ ...empty, subscriptions: list(bought('sub1', { product_id })) });
    const { purchases } = await stores.readPurchases('user');
    expect(purchases).toMatchObject([{ productId: product_id }]);
    expect(stores.paths.filter((path) => path.startsWith('/products/'))).toEqual([]);
  });

  it('are complete for access if RevenueCat does not answer about a product, which is said', async () => {
    const prod1 = new Fault({ code: 'unavailable', system: 'revenuecat', operation: 'retrieve product' });
    const answers = { ...empty, subscriptions: list(bought('sub1')), prod1 };
    expect(await purchasesWith(answers).readPurchases('user')).toMatchObject({
      purchases: [{ id: 'sub1', productId: 'prod1', productUnread: true, givesAccess: true }],
      unread: prod1,
    });
  });

  it.each([
    [false, ['sub1']],
    [true, ['sub1', 'test']],
  ])('include those of a sandbox only if they count (%s)', async (allowSandbox, ids) => {
    const subscriptions = list(
      bought('sub1'),
      bought('test', { environment: 'sandbox' }),
      bought('stripe', { store: 'stripe' }),
    );
    const stores = purchasesWith({ ...empty, subscriptions }, allowSandbox);
    const { purchases } = await stores.readPurchases('user');
    expect(purchases.map(({ id }) => id)).toEqual(ids);
    expect(stores.paths[0]?.includes('environment=production')).toBe(!allowSandbox);
  });

  it('include what is owned, while an entitlement of it is active', async () => {
    const lifetime = bought('purch1', { status: 'owned' });
    const read = async (...active: readonly UnknownRecord[]) => {
      const answers = { ...empty, purchases: list(lifetime), active_entitlements: list(...active) };
      return (await purchasesWith(answers).readPurchases('user')).purchases;
    };
    const forever = { entitlement_id: 'entl1', expires_at: null };
    expect(await read(forever)).toMatchObject([{ phase: 'owned', givesAccess: true }]);
    expect(await read()).toMatchObject([{ phase: 'over', givesAccess: false }]);
  });

  it('are asked for by an id with any characters', async () => {
    const stores = purchasesWith({});
    await stores.readPurchases('../a?b#c');
    expect(stores.paths[0]).toContain('/customers/..%2Fa%3Fb%23c/subscriptions?');
  });
});

describe('The aliases of an id', () => {
  it('contain the id itself, and each other id once', async () => {
    const aliases = list({ id: 'b' }, { id: 'a' }, { id: 3 }, {}, { id: 'c' });
    expect(await purchasesWith({ aliases }).readAliases('a')).toEqual(['a', 'b', 'c']);
    expect(await purchasesWith({}).readAliases('a')).toEqual(['a']);
  });

  it('are only the id itself if a path cannot contain it', async () => {
    const stores = purchasesWith({ aliases: list({ id: 'of another' }) });
    for (const id of ['.', '..', '\ud800', 'a\udfff', 'x'.repeat(1_501)]) {
      expect(await stores.readAliases(id)).toEqual([id]);
    }
    expect(stores.paths).toEqual([]);
    expect(await stores.readAliases('😀')).toEqual(['😀', 'of another']);
  });
});

describe('The deletion of a customer', () => {
  it('succeeds if there is none', async () => {
    const stores = purchasesWith({});
    await stores.deleteStoreCustomer('user');
    expect(stores.paths).toEqual(['DELETE /customers/user']);
  });
});
