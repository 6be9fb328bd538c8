/** A customer, known by one or more app user ids. */

export interface Alias {
  readonly id: string;
  readonly created_at: number;
}

export interface Customer {
  /** The app user id that the API shows. It is one of the aliases. */
  readonly id: string;
  readonly original_app_user_id: string;
  /** The app user id of the latest contact, which webhooks carry as `app_user_id`. */
  readonly last_app_user_id: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly country: string;
  /** All app user ids, the oldest first. */
  readonly aliases: readonly Alias[];
}

export const ANONYMOUS_PREFIX = '$RCAnonymousID:';
