/** What a run of reconcile needs: what its repairs need, the listings, and where it keeps what it must remember. */
import type { AdoptionRecord, EndingLedger } from '../gate/limit.ts';
import type { Clock } from '../system/clock.ts';
import type { Listings } from './listings.ts';
import type { Checkpoint } from './progress.ts';
import type { RepairServices } from './repair.ts';

export interface ReconcileServices extends RepairServices {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly listings: Listings;
  readonly checkpoint: Checkpoint;
  readonly adoption: AdoptionRecord;
  readonly ledger: Pick<EndingLedger, 'recentUsers'>;
}
