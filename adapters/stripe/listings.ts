/** Stripe's account-wide listings, a page a call. */
import type { Stripe } from 'stripe';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import type { ListedCustomer, ListedSubscription, Listings, Page } from '../../core/reconcile/listings.ts';
import type { EventReading } from '../../core/sync/stripe-event.ts';
import {
  isRecord,
  recordAt,
  recordIn,
  recordsIn,
  textAt,
  type UnknownRecord,
} from '../../core/system/record.ts';
import { callStripe, orMissing } from './call.ts';
import { idAt } from './json.ts';
import { isOfAnotherPool, subOfPool } from './metadata.ts';
import { readEvent } from './read-event.ts';
import { readWhole } from './subscriptions.ts';

const PAGE_SIZE = 100;

type StripeListings = Pick<
  Listings,
  | 'subscriptions'
  | 'customers'
  | 'customersOf'
  | 'undeliveredEvents'
  | 'events'
  | 'reversals'
  | 'deletedCustomers'
  | 'ownersOf'
>;

export interface StripeListingsServices {
  readonly stripe: Stripe;
  readonly livemode: boolean;
  /** Customers of other pools are passed over. */
  readonly poolId: string;
  /** Refunds and disputes older than this, in unix seconds, are of periods long past. */
  readonly reversalsSince: number;
  /** Unix seconds: from when on events are gone over. Stripe keeps them for 30 days. */
  readonly eventsSince: number;
}

export function createStripeListings({
  stripe,
  livemode,
  poolId,
  reversalsSince,
  eventsSince,
}: StripeListingsServices): StripeListings {
  return {
    subscriptions: async (from) => {
      // Canceled ones too, or what was canceled while webhooks were lost stays active for ever.
      const params = { status: 'all' as const, expand: ['data.customer'], ...paging(from) };
      const page = await callStripe('list all subscriptions', stripe.subscriptions.list(params));
      const { items, next } = mapped(page, (json) => json);
      return { items: await Promise.all(items.map((json) => subscriptionOf(stripe, poolId, json))), next };
    },
    customers: async (from) => {
      const page = await callStripe('list all customers', stripe.customers.list(paging(from)));
      return mapped(page, (json) => customerOf(poolId, json));
    },
    customersOf: async (email) => {
      // Stripe takes a listing without a filter for a wish to see everybody.
      if (email === '') return [];
      const params = { email, limit: PAGE_SIZE };
      const page = await callStripe('list customers by email', stripe.customers.list(params));
      const { items } = mapped(page, (json) => customerOf(poolId, json));
      return items.filter((customer) => customer.email !== null);
    },
    undeliveredEvents: (from) =>
      events({ stripe, livemode }, { delivery_success: false, types, ...paging(from) }),
    events: (from) => events({ stripe, livemode }, { created: { gte: eventsSince }, types, ...paging(from) }),
    reversals: (from) => reversals(stripe, reversalsSince, from),
    deletedCustomers: async (ids) => {
      const dead = new Set<string>();
      for (const id of ids) {
        const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(id));
        if (answer === 'missing' || (isRecord(answer) && answer['deleted'] === true)) dead.add(id);
      }
      return dead;
    },
    ownersOf: async (ids) => {
      const owners = new Map<string, string>();
      for (const id of ids) {
        const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(id));
        const sub = subOfPool(recordAt(recordIn(answer), 'metadata'), poolId);
        if (sub !== null) owners.set(id, sub);
      }
      return owners;
    },
  };
}

/** A customer who is gone names nobody any more; a subscription made by our checkout still does. */
async function subscriptionOf(
  stripe: Stripe,
  poolId: string,
  json: UnknownRecord,
): Promise<ListedSubscription> {
  const customer = recordAt(json, 'customer');
  const namer = customer?.['deleted'] === true ? json : customer;
  return {
    subscription: await readWhole(stripe, json),
    sub: subOfPool(recordAt(namer, 'metadata'), poolId),
  };
}

/** Of another pool's customer not even the address is told: it might be taken for one that names nobody. */
function customerOf(poolId: string, json: UnknownRecord): ListedCustomer {
  const metadata = recordAt(json, 'metadata');
  const id = textAt(json, 'id') ?? '';
  if (isOfAnotherPool(metadata, poolId)) return { id, sub: null, email: null };
  return { id, sub: subOfPool(metadata, poolId), email: textAt(json, 'email') };
}

const types = [...handledEventTypes];

async function events(
  { stripe, livemode }: Pick<StripeListingsServices, 'stripe' | 'livemode'>,
  params: Stripe.EventListParams,
): Promise<Page<EventReading>> {
  const page = await callStripe('list events', stripe.events.list(params));
  return mapped(page, (json) => readEvent(json, { livemode }));
}

/** Refunds first, then disputes; the cursor says which of them. */
async function reversals(
  stripe: Stripe,
  since: number,
  from: string | null,
): Promise<Page<{ readonly customerId: string }>> {
  const [kind, after = ''] = (from ?? 'refunds ').split(' ');
  const params = {
    created: { gte: since },
    expand: ['data.charge'],
    ...paging(after === '' ? null : after),
  };
  const call = kind === 'disputes' ? stripe.disputes.list(params) : stripe.refunds.list(params);
  const page = await callStripe<{ readonly data: readonly unknown[]; readonly has_more: boolean }>(
    'list reversals',
    call,
  );
  const read = mapped(page, (json) => ({ customerId: idAt(recordAt(json, 'charge'), 'customer') ?? '' }));
  const items = read.items.filter(({ customerId }) => customerId !== '');
  if (read.next !== null) return { items, next: `${kind} ${read.next}` };
  return { items, next: kind === 'disputes' ? null : 'disputes ' };
}

function paging(from: string | null): { readonly limit: number; readonly starting_after?: string } {
  return { limit: PAGE_SIZE, ...(from === null ? {} : { starting_after: from }) };
}

function mapped<T>(
  page: { readonly data: readonly unknown[]; readonly has_more: boolean },
  read: (json: UnknownRecord) => T,
): Page<T> {
  const found = recordsIn(page.data);
  const last = textAt(found.at(-1) ?? null, 'id');
  return { items: found.map(read), next: page.has_more ? last : null };
}
