/** Reads all of a customer's subscriptions, or what their metadata say, from every page. */
import type { Stripe } from 'stripe';
import type { CustomerStamp } from '../../core/account/ownership.ts';
import type { SubscriptionList } from '../../core/billing/billing.ts';
import { hasEnded } from '../../core/subscription/status.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { httpDateMs } from '../system/http-date.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { readLateSince } from './invoices.ts';
import { unknownShape } from './json.ts';
import { stampIn } from './metadata.ts';
import { readPages } from './pages.ts';
import { embeddedItems, readSubscription } from './read-subscription.ts';

/** A customer has at most 500 live subscriptions; the others have ended. */
const MAX_PAGES = 50;
/** A subscription has at most 20 items, so one page is enough. */
const MAX_ITEM_PAGES = 2;

export interface StripeServices {
  readonly stripe: StripeApi;
  /** The milliseconds of a monotonic clock. */
  readonly elapsedMs: () => number;
}

export async function listSubscriptions(
  services: StripeServices,
  customer: string,
): Promise<SubscriptionList | 'missing'> {
  const listing = await listEvery(services, {
    customer,
    // By default Stripe omits canceled subscriptions.
    status: 'all',
    // Shows the customer's current owner, and whether the first payment has arrived, without a separate call.
    expand: ['data.customer', 'data.latest_invoice'],
  });
  if (listing === 'missing') return 'missing';
  const { found, asOf } = listing;
  return { subscriptions: await readAll(services, found), asOf, owner: ownerIn(found[0]) };
}

/** By default Stripe omits canceled subscriptions, but not those whose first payment never succeeded. */
export async function readSubscriptionStamps(
  services: StripeServices,
  customer: string,
): Promise<readonly CustomerStamp[]> {
  const listing = await listEvery(services, { customer });
  if (listing === 'missing') return [];
  return listing.found
    .filter((subscription) => !hasEnded(textAt(subscription, 'status') ?? ''))
    .map((subscription) => stampIn(recordAt(subscription, 'metadata')));
}

/** What a list returns, from every page, the newest first. */
interface Listing {
  readonly found: readonly UnknownRecord[];
  readonly asOf: number | null;
}

async function listEvery(
  { stripe, elapsedMs }: StripeServices,
  params: Pick<Stripe.SubscriptionListParams, 'customer' | 'status' | 'expand'>,
): Promise<Listing | 'missing'> {
  let asOf: number | null = null;
  let isFirst = true;
  const operation = 'list subscriptions';
  const found = await readPages({ operation, maxPages: MAX_PAGES }, async (page) => {
    const startedMs = elapsedMs();
    const answer = await orMissing(operation, stripe.subscriptions.list({ ...params, ...page }));
    if (answer !== 'missing' && isFirst) {
      asOf = readBefore(answer.lastResponse.headers['date'], elapsedMs() - startedMs);
    }
    isFirst = false;
    return answer;
  });
  return found === 'missing' ? found : { found, asOf };
}

/** Returns null for a deleted customer, whose stub has no metadata. */
function ownerIn(subscription: UnknownRecord | undefined): CustomerStamp | null {
  const customer = recordAt(subscription ?? null, 'customer');
  return customer === null || customer['deleted'] === true ? null : stampIn(recordAt(customer, 'metadata'));
}

/**
 * Returns the earliest time at which Stripe can have read the data, in Unix seconds: the response's `Date` minus the
 * duration of the call. The first page counts, because it holds the oldest data.
 */
function readBefore(dateHeader: string | undefined, tookMs: number): number | null {
  const sentMs = httpDateMs(dateHeader);
  return sentMs === null ? null : Math.floor(sentMs / 1000) - Math.floor(tookMs / 1000);
}

function readAll({ stripe }: StripeServices, found: readonly UnknownRecord[]) {
  return Promise.all(found.map((json) => readWhole(stripe, json)));
}

/**
/**
 * Reads a subscription with all its items. A listing contains only the first ones. Items that cannot be read there are asked
 * for: without them nothing says what was bought, and until when. If it is late, it reads since when: only its open invoices say so.
 */
export async function readWhole(stripe: StripeApi, json: UnknownRecord): Promise<Subscription> {
  const items = embeddedItems(json);
  const subscription = readSubscription(json, items ?? (await allItems(stripe, json)));
  const { id, status } = subscription;
  if (status !== 'past_due' && status !== 'unpaid') return subscription;
  return { ...subscription, lateSince: await readLateSince(stripe, id) };
}

export async function allItems(
  stripe: StripeApi,
  subscription: UnknownRecord,
): Promise<readonly UnknownRecord[]> {
  const operation = 'list subscription items';
  const id = textAt(subscription, 'id');
  if (id === null) throw unknownShape('read subscription', 'a subscription with an id');
  return readPages({ operation, maxPages: MAX_ITEM_PAGES }, (page) =>
    callStripe(operation, stripe.subscriptionItems.list({ subscription: id, ...page })),
  );
}
