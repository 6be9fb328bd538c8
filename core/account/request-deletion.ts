/** Deletes an account because its user requests it through the API: recorded first, then within the user's limit. */
import { type Limited, limitRequest, type RequestCounter } from '../limits/request-limits.ts';
import type { RefundPolicy } from '../refund/policy.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import {
  type AccountPart,
  createDeleteAccount,
  type DeletionResult,
  type DeletionServices,
} from './delete-account.ts';
import { type RepeatedDeletionServices, repeatDeletion } from './repeated-deletion.ts';

export interface RequestDeletionServices
  extends DeletionServices,
    Omit<RepeatedDeletionServices, keyof DeletionServices> {
  readonly billing: DeletionServices['billing'] & RepeatedDeletionServices['billing'];
  readonly requests: Pick<RequestCounter, 'count' | 'forget'>;
  readonly clock: Pick<Clock, 'nowMs' | 'nowIso' | 'within'>;
  /** What is promised from now on. A request that is on record keeps what it was promised. */
  readonly refundPolicy: RefundPolicy;
}

export interface AccountRequest {
  readonly poolId: string;
  readonly sub: string;
  readonly username: string | null;
  /** Receives each part that the deletion has confirmed to be deleted. */
  readonly confirmed: Set<AccountPart>;
}

/** How long a request waits for another one of the same user that finds out what is left. */
const BUSY_SECONDS = 1;

export function createRequestDeletion(services: RequestDeletionServices) {
  const deleteAccount = createDeleteAccount(services);
  return async (account: AccountRequest): Promise<DeletionResult | Limited> => {
    const { sub, username } = account;
    const refund = { policy: services.refundPolicy, requestedAt: nowSeconds(services.clock) };
    const mark = { userId: sub, username, at: services.clock.nowIso(), requested: true, refund };
    // Before the limit, so that reconcile finishes what the user does not request again.
    const profile = await services.profiles.markForDeletion({ ...mark, mustExist: true });
    if (profile !== undefined) {
      const limited = await limitRequest(services, sub, 'deletion');
      return limited ?? deleteAccount({ ...account, requested: true, profile });
    }
    const result = await repeatDeletion(services, account, () =>
      deleteAccount({ ...account, requested: true, refund }),
    );
    return result === 'busy' ? { kind: 'limited', retryAfterSeconds: BUSY_SECONDS } : result;
  };
}
