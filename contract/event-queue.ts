/**
 * What the function in front of the queue, the worker behind it and the infrastructure agree on. All of it holds only in a stage
 * with a queue (`webhookQueue` in infra/config.ts).
 */

/** Messages of one delivery to the worker. Lambda takes at most ten from a FIFO queue. */
export const BATCH_SIZE = 10;

/** How many customers' events a worker carries out at the same time. */
export const CUSTOMERS_AT_ONCE = 5;

/**
 * How often a message is delivered before it moves to the dead-letter queue. With the visibility timeout in between, that is more
 * than three hours, so that an outage of Stripe ends before.
 */
export const MAX_RECEIVE_COUNT = 100;

/** Six times the worker's time limit, as AWS recommends: no other worker gets a message while one may still work on it. */
export const VISIBILITY_TIMEOUT_SECONDS = 120;

/** SQS keeps messages for at most 14 days. */
export const RETENTION_DAYS = 14;
