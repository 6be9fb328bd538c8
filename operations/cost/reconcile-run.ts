/** What a full run costs in calls and time where nothing differs; each account that differs adds its own few calls. */

export interface Size {
  readonly users: number;
  /** Ended ones too: they are listed. */
  readonly subscriptions: number;
  readonly customers: number;
  /** Undelivered events, and refunds and disputes of the last 90 days. */
  readonly events: number;
  readonly refunds: number;
  readonly disputes: number;
  /** Profiles of the last three days. */
  readonly fresh: number;
}

export interface Cost {
  readonly stripeCalls: number;
  readonly scanPages: number;
  readonly batchGets: number;
  /** By hand, when everybody in the pool is gone over as well. */
  readonly pool: { readonly pages: number; readonly batchGets: number };
  /** At this many Stripe calls a second. */
  readonly minutes: number;
}

const STRIPE_PAGE = 100;
const SCAN_PAGE = 500;
const BATCH = 100;
const POOL_PAGE = 60;

/** `perSecond`: a quarter of Stripe's hundred, unless configured. */
export function reconcileRunCost(size: Size, perSecond = 25): Cost {
  const { users, subscriptions, customers, events, refunds, disputes, fresh } = size;
  const stripeCalls =
    [events, subscriptions, customers, refunds, disputes].reduce(
      (sum, count) => sum + pages(count, STRIPE_PAGE),
      0,
    ) + fresh;
  return {
    stripeCalls,
    scanPages: 2 * pages(users, SCAN_PAGE),
    // Rows of profiles, rows of subscriptions, rows and profiles of customers, profiles of rows.
    batchGets:
      2 * pages(users, SCAN_PAGE) * pages(Math.min(users, SCAN_PAGE), BATCH) +
      pages(subscriptions, STRIPE_PAGE) +
      2 * pages(customers, STRIPE_PAGE),
    // Rows and profiles of each page.
    pool: { pages: pages(users, POOL_PAGE), batchGets: 2 * pages(users, POOL_PAGE) },
    minutes: stripeCalls / perSecond / 60,
  };
}

/** An empty listing is a page as well. */
function pages(count: number, size: number): number {
  return Math.max(1, Math.ceil(count / size));
}
