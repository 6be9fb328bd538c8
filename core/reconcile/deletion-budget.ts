/**
 * Limits what a run may delete. A customer, an account or a row whose user the pool does not know is deleted, because
 * its account was deleted while something failed. That is rare. Many at once mean that the pool, the tables and the
 * Stripe account do not belong together, and then every deletion would hit a paying user.
 */
import { Fault } from '../system/fault.ts';

export interface DeletionBudget {
  /** Returns the number of deletions so far in this run, including earlier calls of it. */
  spent(): number;
  /** Call it before each deletion. Throws a `Fault` if the run has reached its limit. */
  spend(): void;
}

/** The limit of one run, unless an operator sets another. */
export const MAX_DELETIONS_PER_RUN = 10;

export function createDeletionBudget(alreadySpent: number, limit: number): DeletionBudget {
  let spent = alreadySpent;
  return {
    spent: () => spent,
    spend: () => {
      if (spent >= limit) {
        throw new Fault({
          code: 'refused',
          system: 'self',
          operation: 'delete orphaned record',
          reason: 'deletion_limit_reached',
        });
      }
      spent += 1;
    },
  };
}
