/** The record that RevenueCat still has to forget a user. It outlives the account, until reconcile has finished the removal. */

export interface PendingRemoval {
  readonly sub: string;
  /** Unix seconds. */
  readonly since: number;
  /** Whether the user requested the deletion. Otherwise each attempt needs the proof that Cognito does not know the user. */
  readonly requested: boolean;
  /** Whether the row showed a purchase. Then a RevenueCat that knows no such customer is no proof that it is forgotten. */
  readonly expected: boolean;
}

export interface PendingRemovals {
  read(sub: string): Promise<PendingRemoval | undefined>;
  /** Keeps an earlier record. */
  record(removal: PendingRemoval): Promise<void>;
  /** Replaces the record, if there is one. */
  update(removal: PendingRemoval): Promise<void>;
  clear(sub: string): Promise<void>;
}
