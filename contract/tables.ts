/** The keys of the entitlement table that belong to no user. A `#` marks them: no `sub` of Cognito has one. */

/** Records that the installation has finished adoption: `completed_at` in Unix seconds, `by`, and `pool_id`. */
export const ADOPTION_KEY = 'installation#adoption';

/** The users whose objects were ended without their request in the last days. */
export const ENDINGS_KEY = 'installation#endings';

/**
 * What the key of an index item begins with. The rest is the id of a Stripe customer, and `users` lists the users whose
 * profile or row names it.
 */
export const CUSTOMER_KEY_PREFIX = 'stripe_customer#';
