/** Reads what the payers store about one user. */
import type { SystemClients } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';
import type { StoredUser } from './pool.ts';

export interface StripeRecords {
  readonly customers: readonly JsonRecord[];
  readonly subscriptions: readonly JsonRecord[];
  readonly invoices: readonly JsonRecord[];
}

const CUSTOMER_ID = /^cus_\w{1,255}$/;

/** The customers that the profile and the row name, and those that name the user. */
export async function readStripe(
  clients: SystemClients,
  { sub, profile, row }: StoredUser,
): Promise<StripeRecords> {
  const query = encodeURIComponent(`metadata['cognito_sub']:'${sub.replaceAll(/['\\]/g, '')}'`);
  const found = dataOf(await clients.stripe(`/v1/customers/search?limit=100&query=${query}`));
  const listed = row?.['stripe_customer_ids'];
  const named = [
    ...textsIn([profile?.['stripeCustomerId']]),
    ...(Array.isArray(listed) ? textsIn(listed) : []),
    ...found.map(({ id }) => String(id)),
  ];
  // Another writer may have stored anything.
  const ids = new Set(named.filter((id) => CUSTOMER_ID.test(id)));
  const of = async (path: string) => {
    const lists = await Promise.all([...ids].map((id) => clients.stripe(path.replace(':id', id))));
    return lists.flatMap(dataOf);
  };
  const [customers, subscriptions, invoices] = await Promise.all([
    Promise.all([...ids].map((id) => clients.stripe(`/v1/customers/${id}`))),
    of('/v1/subscriptions?customer=:id&status=all&limit=100'),
    of('/v1/invoices?customer=:id&limit=100'),
  ]);
  return { customers: customers.filter((customer) => customer !== undefined), subscriptions, invoices };
}

export interface StoreRecords {
  readonly customer: JsonRecord | null;
  readonly purchases: readonly JsonRecord[];
}

export async function readRevenueCat(
  clients: SystemClients,
  { projectId, sub }: { readonly projectId: string; readonly sub: string },
): Promise<StoreRecords> {
  const base = `/v2/projects/${projectId}/customers/${encodeURIComponent(sub)}`;
  const customer = await clients.revenuecat(base);
  if (customer === undefined) return { customer: null, purchases: [] };
  const [subscriptions, purchases] = await Promise.all([
    clients.revenuecat(`${base}/subscriptions`),
    clients.revenuecat(`${base}/purchases`),
  ]);
  return { customer, purchases: [...itemsOf(subscriptions), ...itemsOf(purchases)] };
}

function dataOf(list: JsonRecord | undefined): readonly JsonRecord[] {
  return Array.isArray(list?.['data']) ? (list['data'] as readonly JsonRecord[]) : [];
}

function itemsOf(list: JsonRecord | undefined): readonly JsonRecord[] {
  return Array.isArray(list?.['items']) ? (list['items'] as readonly JsonRecord[]) : [];
}

function textsIn(values: readonly unknown[]): readonly string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}
