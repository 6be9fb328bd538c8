/** The keys of the entitlement table that belong to no user. A `#` marks them: no `sub` of Cognito has one. */

/** Records that the installation has finished adoption: `completed_at` in Unix seconds, `by`, and `pool_id`. */
export const ADOPTION_KEY = 'installation#adoption';

/** Begins the key of the record that RevenueCat still has to forget a deleted user, whose `sub` follows. */
export const STORE_REMOVAL_PREFIX = 'store_removal#';

/** The users whose objects were ended without their request in the last days. */
export const ENDINGS_KEY = 'installation#endings';

/**
 * What the key of an index item begins with. The rest is the id of a Stripe customer, and `users` lists the users whose
 * profile or row names it.
 */
export const CUSTOMER_KEY_PREFIX = 'stripe_customer#';

/** The users, as hashes, whose repeated deletions were checked in the last minutes. */
export const DELETIONS_KEY = 'installation#deletions';

/** The key of a user's request counts begins with it and ends with the `sub`. */
export const REQUESTS_KEY_PREFIX = 'limit#';
