/** The user's profile and its store. The item also holds the app's own attributes, which are never changed. */
import type { RefundTerms } from '../refund/policy.ts';

export interface Profile {
  readonly userId: string;
  readonly customerId: string | null;
  readonly deletion: DeletionIntent | null;
  /** ISO 8601, as the writer that created the profile stored it. */
  readonly createdAt: string | null;
}

/** Marks the profile from the first step of a deletion to its last, so that any later run can finish it. */
export interface DeletionIntent {
  /** ISO 8601. The time of the first request. */
  readonly requestedAt: string;
  /** Cognito's username, which differs from the `sub` for federated users. */
  readonly username: string | null;
  /** False if the gate ends the account because Cognito does not know its user. Each attempt then needs new proof. */
  readonly requested: boolean;
  /** What the first request by the user was promised. Null: nothing is refunded. */
  readonly refund: RefundTerms | null;
}

export interface NewProfile {
  readonly userId: string;
  readonly email: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface ProfileStore {
  /** Strongly consistent read. */
  read(userId: string): Promise<Profile | undefined>;
  /** Writes the attributes that are absent and keeps the others. Leaves a profile that is marked for deletion unchanged. */
  fillIn(profile: NewProfile): Promise<'created' | 'filled' | 'marked'>;
  /** Sets the customer if the profile has none. Never creates a profile. */
  linkCustomer(link: CustomerLink): Promise<'linked' | 'other_customer' | 'missing'>;
  /** Replaces a deleted customer, if the profile still has it and is not marked for deletion. */
  replaceCustomer(
    link: CustomerLink & { readonly expectedCustomerId: string },
  ): Promise<'linked' | 'other_customer' | 'missing'>;
  /** Records the intent to delete, and keeps the time of the first request. `undefined`: the profile must exist, and does not. */
  markForDeletion(mark: DeletionMark): Promise<Profile | undefined>;
  /** Removes a profile that has no customer or this one, unless it is marked for deletion. */
  removeUnlessMarked(target: {
    readonly userId: string;
    readonly customerId: string;
  }): Promise<'removed' | 'kept'>;
  remove(userId: string): Promise<void>;
}

export interface CustomerLink {
  readonly userId: string;
  readonly customerId: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface DeletionMark {
  readonly userId: string;
  readonly username: string | null;
  /** ISO 8601. */
  readonly at: string;
  /** A request by the user stays one, whatever is recorded later. */
  readonly requested: boolean;
  /** Recorded once, with the first request by the user. */
  readonly refund?: RefundTerms | undefined;
  /** Without it, a bare profile is created if there is none, so that an interrupted deletion has a record. */
  readonly mustExist?: boolean;
}
