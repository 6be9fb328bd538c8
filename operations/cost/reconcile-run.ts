/** Computes the calls and the time of a full reconcile run that finds nothing. Each finding adds a few calls. */

export interface Size {
  readonly users: number;
  /** Includes ended subscriptions, because the listing does. */
  readonly subscriptions: number;
  readonly customers: number;
  /** Undelivered events. */
  readonly events: number;
  /** Refunds of the last 90 days. */
  readonly refunds: number;
  /** Disputes of the last 90 days. */
  readonly disputes: number;
  /** Credit notes, void invoices and uncollectible ones of the last 90 days. */
  readonly creditNotes: number;
  readonly voidInvoices: number;
  readonly uncollectible: number;
  /** Profiles created in the last three days. */
  readonly fresh: number;
}

export interface Cost {
  readonly stripeCalls: number;
  /** The calls about rows with a live subscription, of which a run asks about a share. At most one for each subscription. */
  readonly stripeQuestions: number;
  readonly scanPages: number;
  readonly batchGets: number;
  /** The users that the pool is asked about, because it may have deleted them. */
  readonly poolQuestions: number;
  /** The extra calls of a run by hand, which also lists the pool. */
  readonly pool: { readonly pages: number; readonly batchGets: number };
  /** Duration at the pace of the Stripe calls. */
  readonly minutes: number;
}

const STRIPE_PAGE_SIZE = 100;
const SCAN_PAGE_SIZE = 500;
const BATCH_SIZE = 100;
const POOL_PAGE_SIZE = 60;
/** A run asks about one of so many profiles. */
const POOL_SHARES = 13;
/** A run asks Stripe about one of so many rows with a live subscription: for the subscriptions, and for the features. */
const LIVE_ROW_SHARES = 29;
const CALLS_PER_LIVE_ROW = 2;
/** A run reads the records of the users of one of so many items of the index. */
const INDEX_SHARES = 13;

/** `perSecond` is the pace of the Stripe calls. The default is a quarter of a live key's rate limit. */
export function reconcileRunCost(size: Size, perSecond = 25): Cost {
  const { users, subscriptions, customers, fresh } = size;
  const { events, refunds, disputes, creditNotes, voidInvoices, uncollectible } = size;
  const reversals = [refunds, disputes, creditNotes, voidInvoices, uncollectible];
  const stripeCalls =
    [events, subscriptions, customers, ...reversals].reduce(
      (sum, count) => sum + pages(count, STRIPE_PAGE_SIZE),
      0,
    ) + fresh;
  const shares = users <= SCAN_PAGE_SIZE ? 1 : LIVE_ROW_SHARES;
  const stripeQuestions = CALLS_PER_LIVE_ROW * Math.round(subscriptions / shares);
  return {
    stripeCalls,
    stripeQuestions,
    // The profiles twice, and three times the table of the rows, which also holds the index.
    scanPages: 2 * pages(users, SCAN_PAGE_SIZE) + 3 * pages(users + customers, SCAN_PAGE_SIZE),
    // The rows and the index of profiles, the profiles of rows, the rows of subscriptions, the rows and profiles of customers,
    // and both of a share of the index.
    batchGets:
      3 * pages(users, SCAN_PAGE_SIZE) * pages(Math.min(users, SCAN_PAGE_SIZE), BATCH_SIZE) +
      pages(subscriptions, STRIPE_PAGE_SIZE) +
      2 * pages(customers, STRIPE_PAGE_SIZE) +
      2 *
        pages(customers, SCAN_PAGE_SIZE) *
        pages(Math.min(customers, SCAN_PAGE_SIZE) / INDEX_SHARES, BATCH_SIZE),
    poolQuestions: users <= SCAN_PAGE_SIZE ? users : Math.round(users / POOL_SHARES),
    // The rows and the profiles of each page.
    pool: { pages: pages(users, POOL_PAGE_SIZE), batchGets: 2 * pages(users, POOL_PAGE_SIZE) },
    minutes: (stripeCalls + stripeQuestions) / perSecond / 60,
  };
}

export interface StoreSize {
  /** RevenueCat's customers. */
  readonly customers: number;
  /** Rows that show a purchase that is not over. */
  readonly rows: number;
}

const REVENUECAT_PAGE_SIZE = 100;
/** The subscriptions and the purchases of a user. */
const CALLS_PER_USER = 2;

/** `perSecond` is the pace of the calls to RevenueCat. The default is a quarter of its limit of 480 a minute. */
export function storeRunCost(
  { customers, rows }: StoreSize,
  perSecond = 2,
): { readonly calls: number; readonly minutes: number } {
  const calls = pages(customers, REVENUECAT_PAGE_SIZE) + CALLS_PER_USER * rows;
  return { calls, minutes: calls / perSecond / 60 };
}

/** Returns the number of pages. An empty listing takes one call too. */
function pages(count: number, size: number): number {
  return Math.max(1, Math.ceil(count / size));
}
