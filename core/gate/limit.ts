/**
 * The deletion limit: how many users' objects may be ended within some days without a person's decision. Such users are
 * rare. Many at once mean that the pool, the tables and the Stripe account do not belong together, and then every ending
 * would hit a paying user. Endings that a user requested do not count.
 */

/** The most users within `DELETION_WINDOW_SECONDS`, over all runs, restarts and webhook deliveries. */
export const DELETION_LIMIT = 10;
export const DELETION_WINDOW_SECONDS = 7 * 86_400;

export interface EndingLedger {
  /** Returns the users whose objects were ended since then. */
  recentUsers(sinceSeconds: number): Promise<readonly string[]>;
  /** Records that objects of the user are about to be ended. A user counts once. */
  reserve(sub: string, limit: LedgerLimit): Promise<'reserved' | 'limit_reached'>;
}

export interface LedgerLimit {
  readonly nowSeconds: number;
  readonly windowSeconds: number;
  readonly atMost: number;
}

/** The record that this installation knows every user, customer and row that existed before it. */
export interface AdoptionRecord {
  isComplete(): Promise<boolean>;
  complete(by: AdoptedBy): Promise<void>;
}

export type AdoptedBy = 'backfill' | 'fresh_install' | 'operator';
