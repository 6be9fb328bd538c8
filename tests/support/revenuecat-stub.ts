/** A RevenueCat that knows customers with one subscription each, for tests of calls and settings rather than of purchases. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export const STORE_PROJECT = 'proj1ab2c3d4';
export const STORE_KEY = 'sk_RevenueCatKeyOfATest';

export interface RevenueCatStub {
  readonly listener: RequestListener;
  /** Lets the customer have an active subscription, and knows it from now on. */
  addSubscriber(id: string): void;
  /** Answers every path that matches with this status. */
  refuse(path: RegExp, status: number): void;
  /** Removes the refusals. */
  calm(): void;
}

const MONTH_MS = 30 * 86_400_000;

export function createRevenueCatStub(): RevenueCatStub {
  const customers = new Map<string, object>();
  const refusals: { readonly path: RegExp; readonly status: number }[] = [];
  const answer = (method: string, path: string, key: string): readonly [number, object] => {
    const refusal = refusals.find((one) => one.path.test(path));
    if (refusal !== undefined) return [refusal.status, errorOf(refusal.status)];
    if (key !== `Bearer ${STORE_KEY}`) return [401, errorOf(401)];
    const parts = path.split('/').slice(3).map(decodeURIComponent);
    const [project, kind, id = '', list] = parts;
    if (project !== STORE_PROJECT) return [404, errorOf(404)];
    if (kind === 'products') {
      return [200, id === '' ? listOf([]) : { object: 'product', id, store_identifier: 'monthly_pro' }];
    }
    if (id === '') return [200, listOf([...customers.keys()].map(customerOf))];
    const subscription = customers.get(id);
    if (subscription === undefined) return [404, errorOf(404)];
    if (method === 'DELETE') {
      customers.delete(id);
      return [200, { object: 'customer', id, deleted_at: Date.now() }];
    }
    if (list === 'subscriptions') return [200, listOf([subscription])];
    return [200, listOf(list === 'aliases' ? [{ object: 'customer.alias', id }] : [])];
  };
  return {
    listener: (request, response) => {
      request.resume();
      const path = (request.url ?? '').replace(/\?.*$/, '');
      const [status, body] = answer(request.method ?? 'GET', path, request.headers.authorization ?? '');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
    addSubscriber: (id) => customers.set(id, subscriptionOf(id)),
    refuse: (path, status) => refusals.push({ path, status }),
    calm: () => refusals.splice(0),
  };
}

/** Serves the stub over HTTP, for a command or a function that another process runs. */
export async function serveRevenueCat(
  stub: RevenueCatStub,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(stub.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listOf(items: readonly object[]): object {
  return { object: 'list', items, next_page: null, url: '/' };
}

function errorOf(status: number): object {
  return { object: 'error', type: status === 404 ? 'resource_missing' : 'authorization_error', message: '' };
}

function customerOf(id: string): object {
  const active_entitlements = listOf([{ object: 'customer.active_entitlement', entitlement_id: 'entl1' }]);
  return { object: 'customer', id, last_seen_at: Date.now(), active_entitlements };
}

function subscriptionOf(id: string): object {
  const end = Date.now() + MONTH_MS;
  return {
    object: 'subscription',
    id: `sub_of_${id}`,
    customer_id: id,
    original_customer_id: id,
    product_id: 'prod1ab2c3d4',
    starts_at: end - MONTH_MS,
    current_period_starts_at: end - MONTH_MS,
    current_period_ends_at: end,
    ends_at: null,
    gives_access: true,
    auto_renewal_status: 'will_renew',
    status: 'active',
    store: 'app_store',
    store_subscription_identifier: '2000000000000001',
    ownership: 'purchased',
    environment: 'production',
    management_url: 'https://apps.apple.com/account/subscriptions',
    entitlements: listOf([{ object: 'entitlement', id: 'entl1', lookup_key: 'pro', display_name: 'Pro' }]),
  };
}
