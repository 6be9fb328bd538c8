/** What a run of reconcile needs: what its repairs need, the listings, and where it keeps what it must remember. */
import type { PlanPolicy } from '../entitlement/policy.ts';
import type { AdoptionRecord, EndingLedger } from '../gate/limit.ts';
import type { Clock } from '../system/clock.ts';
import type { Listings } from './listings.ts';
import type { Checkpoint } from './progress.ts';
import type { RepairServices } from './repair.ts';

export interface ReconcileServices extends RepairServices {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** What this run reads: everything, a segment of the tables, or a single user. */
  readonly listings: Listings;
  /** The whole pool and the whole tables, however little of them this run reads. */
  readonly installation: Pick<Listings, 'users' | 'profiles' | 'rows'>;
  readonly checkpoint: Checkpoint;
  /** What a refund means for access. */
  readonly policy: PlanPolicy;
  readonly adoption: AdoptionRecord;
  readonly ledger: EndingLedger;
}
