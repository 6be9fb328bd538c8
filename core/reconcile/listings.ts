/** Everything there is, page by page, so that a run needs no more memory for a million users than for ten. */
import type { PoolUser } from '../account/pool-user.ts';
import type { Profile } from '../account/profile.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { EventReading } from '../sync/stripe-event.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins, opaque but to the reader; null after the last. */
  readonly next: string | null;
}

export interface ListedCustomer {
  readonly id: string;
  /** Whom its metadata name. */
  readonly sub: string | null;
  readonly email: string | null;
}

export interface ListedSubscription {
  readonly subscription: Subscription;
  /** Whom its customer's metadata name; of a customer who is gone, the subscription's own. */
  readonly sub: string | null;
}

export interface Listings {
  /** Everybody in the Cognito pool. */
  users(from: string | null): Promise<Page<PoolUser>>;
  profiles(from: string | null): Promise<Page<Profile>>;
  rows(from: string | null): Promise<Page<EntitlementRow>>;
  /** Ended ones too. */
  subscriptions(from: string | null): Promise<Page<ListedSubscription>>;
  customers(from: string | null): Promise<Page<ListedCustomer>>;
  /** Events that some endpoint has not taken. */
  undeliveredEvents(from: string | null): Promise<Page<EventReading>>;
  /** Every event of the types that are carried out, of the time that is asked about. */
  events(from: string | null): Promise<Page<EventReading>>;
  /** Whose money went back lately, or is disputed. */
  reversals(from: string | null): Promise<Page<{ readonly customerId: string }>>;
  /** Those of them that there are; at most a hundred are asked for at once. */
  rowsOf(subs: readonly string[]): Promise<ReadonlyMap<string, EntitlementRow>>;
  profilesOf(subs: readonly string[]): Promise<ReadonlyMap<string, Profile>>;
  /** Which of them Stripe does not know, or knows no more: one call each. */
  deletedCustomers(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whom living customers name, by the customer's id: one call each. */
  ownersOf(customerIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Who of the pool has this address: several, where the pool allows it. */
  usersOf(email: string): Promise<readonly PoolUser[]>;
  /** Customers with exactly this address. */
  customersOf(email: string): Promise<readonly ListedCustomer[]>;
  /** Whose trials are not remembered, by `sub`; nobody's where trials are not kept in mind at all. */
  unrecordedTrials(users: readonly PoolUser[]): Promise<ReadonlySet<string>>;
  /** Whether a profile is young enough that a sign-up cut off by a deletion may have left it. */
  isFresh(profile: Profile): boolean;
}
