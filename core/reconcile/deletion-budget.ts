/**
 * A brake on what cannot be undone. A customer or a row whose user the pool does not know is ended, as of an account
 * that was deleted while something broke. Those are few. Many at once mean that pool, tables and Stripe account do not
 * belong together, and then every ending would be of somebody who pays.
 */
import { Fault } from '../system/fault.ts';

export interface DeletionBudget {
  /** So far in this run, the calls before included. */
  count(): number;
  /** Before anything is ended. Throws a `Fault` when this run has ended as many as it may. */
  spend(): void;
}

/** Of one run, unless somebody who has looked says otherwise. */
export const MAX_DELETIONS_PER_RUN = 10;

export function createDeletionBudget(already: number, limit: number): DeletionBudget {
  let ended = already;
  return {
    count: () => ended,
    spend: () => {
      if (ended >= limit) {
        throw new Fault({
          code: 'refused',
          system: 'self',
          operation: 'end what is of nobody',
          reason: 'too_many_of_nobody',
        });
      }
      ended += 1;
    },
  };
}
