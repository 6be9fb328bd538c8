/** The profile row as the domain knows it, and the store that keeps it. The app's own attributes beside it are never touched. */

export interface Profile {
  readonly userId: string;
  readonly customerId: string | null;
  readonly deletion: DeletionIntent | null;
  /** ISO 8601, as written by whoever made the profile. */
  readonly createdAt: string | null;
}

/** On record from the first moment of a deletion to its last, so that anyone can finish it. */
export interface DeletionIntent {
  /** ISO 8601, of the first request. */
  readonly requestedAt: string;
  /** Cognito's username, which for federated users is not the `sub`. */
  readonly username: string | null;
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
  /** Strongly consistent. */
  read(userId: string): Promise<Profile | undefined>;
  /** Writes what is absent and leaves what stands; a profile marked for deletion is left alone. */
  fillIn(profile: NewProfile): Promise<'created' | 'filled' | 'marked'>;
  /** Sets the customer where none is set. Never makes a profile. */
  linkCustomer(link: CustomerLink): Promise<'linked' | 'other_customer' | 'missing'>;
  /** Sets another customer in place of one that is gone, on a profile that stands and names that one still. */
  replaceCustomer(
    link: CustomerLink & { readonly expectedCustomerId: string },
  ): Promise<'linked' | 'other_customer' | 'missing'>;
  /** Puts the intent on record, making a bare profile if there is none. Keeps the time of the first request. */
  markForDeletion(mark: DeletionMark): Promise<Profile>;
  /** Removes a profile that names no customer or this one, unless it is the record of a deletion. */
  removeUnlessMarked(of: {
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
}
