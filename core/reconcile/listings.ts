/** The port through which checks read the three systems: page by page, so that memory use is the same for any pool. */
import type { PoolUser } from '../account/pool-user.ts';
import type { Profile } from '../account/profile.ts';
import type { CustomerLookup } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { PendingRemoval } from '../stores/pending-removal.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { EventReading } from '../sync/stripe-event.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** The cursor of the next page, opaque to all but the listing. Null after the last page. */
  readonly next: string | null;
}

export interface RowPage extends Page<EntitlementRow> {
  /** The records in the same table that RevenueCat still has to forget a deleted user. Absent: there is none. */
  readonly removals?: readonly PendingRemoval[];
}

export interface ListedCustomer {
  readonly id: string;
  /** The user that its metadata name. */
  readonly sub: string | null;
  readonly email: string | null;
  /** Whether its metadata name neither a user nor another pool. */
  readonly unnamed: boolean;
}

/** An item of the index of customers. */
export interface IndexedCustomer {
  readonly customerId: string;
  readonly users: readonly string[];
}

export interface ListedSubscription {
  readonly subscription: Subscription;
  /** The user that its customer's metadata name, or its own metadata if the customer was deleted. */
  readonly sub: string | null;
  /** The user that its own metadata name. */
  readonly namedSub: string | null;
  /** Whether the customer's metadata name neither a user nor another pool, or the customer was deleted. */
  readonly unnamed: boolean;
}

export interface Listings {
  /** Lists every user of the Cognito pool. */
  users(cursor: string | null): Promise<Page<PoolUser>>;
  profiles(cursor: string | null): Promise<Page<Profile>>;
  rows(cursor: string | null): Promise<RowPage>;
  index(cursor: string | null): Promise<Page<IndexedCustomer>>;
  /** Includes ended subscriptions. */
  subscriptions(cursor: string | null): Promise<Page<ListedSubscription>>;
  customers(cursor: string | null): Promise<Page<ListedCustomer>>;
  /** Lists the events of handled types that at least one webhook endpoint did not receive. */
  undeliveredEvents(cursor: string | null): Promise<Page<EventReading>>;
  /** Lists all events of handled types since the time that the run was opened with. */
  events(cursor: string | null): Promise<Page<EventReading>>;
  /** Lists the customers with a recent refund or dispute. */
  reversals(cursor: string | null): Promise<Page<{ readonly customerId: string }>>;
  /** Returns the rows that exist, by `sub`. */
  rowsOf(subs: readonly string[]): Promise<ReadonlyMap<string, EntitlementRow>>;
  /** Returns the profiles that exist, by `sub`. */
  profilesOf(subs: readonly string[]): Promise<ReadonlyMap<string, Profile>>;
  /** Returns the users that the index has of each customer, by customer. Their records need not name it any more. */
  indexed(customerIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Returns what Stripe says about each customer. One call per customer. */
  lookUpCustomers(ids: readonly string[]): Promise<ReadonlyMap<string, CustomerLookup>>;
  /** Returns the users that the customers' metadata name, by customer id. One call per customer. */
  ownersOf(customerIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Returns those of the users that a listing of the pool does not show. One call per user. */
  missingUsers(subs: readonly string[]): Promise<ReadonlySet<string>>;
  /** Returns the users of the pool with this address. There may be several, if the pool allows it. */
  usersOf(email: string): Promise<readonly PoolUser[]>;
  /** Returns the customers with exactly this address. */
  customersOf(email: string): Promise<readonly ListedCustomer[]>;
  /** Returns the `sub` of each user whose trial is not recorded. Empty if this installation records no trials. */
  unrecordedTrials(users: readonly PoolUser[]): Promise<ReadonlySet<string>>;
  /**
   * Lists the users of RevenueCat's customers who may have access. A customer can have several users. Empty if
   * this installation has no app in a store.
   */
  storeCustomers(cursor: string | null): Promise<Page<{ readonly sub: string }>>;
  /** Returns whether a profile is so young that a sign-up which a deletion cut off may have left it. */
  isFresh(profile: Profile): boolean;
}
