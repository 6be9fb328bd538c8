/** Reads Stripe's account-wide listings, one page per call. */
import type { Stripe } from 'stripe';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import type { CustomerLookup } from '../../core/billing/billing.ts';
import type { ListedCustomer, ListedSubscription, Listings, Page } from '../../core/reconcile/listings.ts';
import type { EventReading } from '../../core/sync/stripe-event.ts';
import { recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { retrieveCustomer } from './customer-lookup.ts';
import { listIn } from './json.ts';
import { isOfAnotherPool, subIn, subOfPool } from './metadata.ts';
import { cursorAfter, PAGE_SIZE, pageAfter } from './pages.ts';
import { readEvent } from './read-event.ts';
import { createReversalListing } from './reversal-listing.ts';
import { readWhole } from './subscriptions.ts';

type StripeListings = Pick<
  Listings,
  | 'subscriptions'
  | 'customers'
  | 'customersOf'
  | 'undeliveredEvents'
  | 'events'
  | 'reversals'
  | 'lookUpCustomers'
  | 'ownersOf'
>;

export interface StripeListingsServices {
  readonly stripe: StripeApi;
  readonly livemode: boolean;
  /** Users of other pools are ignored. */
  readonly poolId: string;
  /** Refunds and disputes before this time (Unix seconds) belong to periods that ended long ago. */
  readonly reversalsSince: number;
  /** The time (Unix seconds) from which events are checked. Stripe keeps events for 30 days. */
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
      // Includes canceled ones, or a subscription canceled while webhooks were lost would stay active forever.
      const params = {
        status: 'all' as const,
        expand: ['data.customer', 'data.latest_invoice'],
        ...pageAfter(from),
      };
      const operation = 'list all subscriptions';
      const page = await callStripe(operation, stripe.subscriptions.list(params));
      const { items, next } = mapped({ operation, from }, page, (json) => json);
      return { items: await Promise.all(items.map((json) => subscriptionOf(stripe, poolId, json))), next };
    },
    customers: async (from) => {
      const operation = 'list all customers';
      const page = await callStripe(operation, stripe.customers.list(pageAfter(from)));
      return mapped({ operation, from }, page, (json) => customerOf(poolId, json));
    },
    customersOf: async (email) => {
      // With an empty filter Stripe would list all customers.
      if (email === '') return [];
      const params = { email, limit: PAGE_SIZE };
      const operation = 'list customers by email';
      const page = await callStripe(operation, stripe.customers.list(params));
      const { items } = mapped({ operation, from: null }, page, (json) => customerOf(poolId, json));
      return items.filter((customer) => customer.email !== null);
    },
    undeliveredEvents: (from) => events({ stripe, livemode }, { delivery_success: false }, from),
    events: (from) => events({ stripe, livemode }, { created: { gte: eventsSince } }, from),
    reversals: createReversalListing(stripe, reversalsSince),
    lookUpCustomers: async (ids) => {
      const found = new Map<string, CustomerLookup>();
      for (const id of ids) found.set(id, await retrieveCustomer(stripe, id));
      return found;
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

/** Reads the owner from the customer, or from the subscription if the customer is deleted and has no metadata left. */
async function subscriptionOf(
  stripe: StripeApi,
  poolId: string,
  json: UnknownRecord,
): Promise<ListedSubscription> {
  const customer = recordAt(json, 'customer');
  const owner = customer?.['deleted'] === true ? json : customer;
  return {
    subscription: await readWhole(stripe, json),
    sub: subOfPool(recordAt(owner, 'metadata'), poolId),
    namedSub: subIn(recordAt(json, 'metadata')),
    unnamed: customer?.['deleted'] === true || isUnnamed(recordAt(customer, 'metadata'), poolId),
  };
}

/** Omits the email address of another pool's customer, which would look like a customer that names no user. */
function customerOf(poolId: string, json: UnknownRecord): ListedCustomer {
  const metadata = recordAt(json, 'metadata');
  const id = textAt(json, 'id') ?? '';
  if (isOfAnotherPool(metadata, poolId)) return { id, sub: null, email: null, unnamed: false };
  return {
    id,
    sub: subOfPool(metadata, poolId),
    email: textAt(json, 'email'),
    unnamed: isUnnamed(metadata, poolId),
  };
}

function isUnnamed(metadata: UnknownRecord | null, poolId: string): boolean {
  return subIn(metadata) === null && !isOfAnotherPool(metadata, poolId);
}

const types = [...handledEventTypes];

async function events(
  { stripe, livemode }: Pick<StripeListingsServices, 'stripe' | 'livemode'>,
  params: Stripe.EventListParams,
  from: string | null,
): Promise<Page<EventReading>> {
  const operation = 'list events';
  const page = await callStripe(operation, stripe.events.list({ ...params, types, ...pageAfter(from) }));
  return mapped({ operation, from }, page, (json) => readEvent(json, { livemode }));
}

interface Request {
  readonly operation: string;
  readonly from: string | null;
}

function mapped<T>({ operation, from }: Request, answer: unknown, read: (json: UnknownRecord) => T): Page<T> {
  const { entries, hasMore } = listIn(operation, answer);
  const next = hasMore ? cursorAfter(operation, entries, new Set([from])) : null;
  return { items: entries.map(read), next };
}
