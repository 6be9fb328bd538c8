/** What the use cases receive in the simulation, and how a mutant replaces a part of it. */
import type { answerOf } from '../core/entitlement/answer.ts';
import type { PlanOrder } from '../core/entitlement/plan-order.ts';
import type { AdoptionRecord, EndingLedger } from '../core/gate/limit.ts';
import type { createGrant, createRevoke } from '../core/grants/grants.ts';
import type { carryOutBatch } from '../core/queue/carry-out-batch.ts';
import type { EventQueue } from '../core/queue/event-queue.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import type { Finding } from '../core/reconcile/report.ts';
import type { PendingRemovals } from '../core/stores/pending-removal.ts';
import type { createSyncStores } from '../core/stores/sync-stores.ts';
import type { createSync } from '../core/sync/sync.ts';
import type { PurchaseSystems } from './purchase-functions.ts';
import type { World } from './world.ts';

/** Everything that the use cases call in one invocation. */
export interface Systems extends PurchaseSystems {
  readonly listings: Listings;
  readonly adoption: AdoptionRecord;
  readonly ledger: EndingLedger;
  readonly planOrder: PlanOrder;
  readonly removals: PendingRemovals;
  readonly sync: (services: Parameters<typeof createSync>[0]) => ReturnType<typeof createSync>;
  readonly syncStores: typeof createSyncStores;
  readonly queue: EventQueue;
  readonly carryOutBatch: typeof carryOutBatch;
  readonly grant: typeof createGrant;
  readonly revoke: typeof createRevoke;
  /** Passes on what a run of reconcile reports about a finding. */
  readonly reported: (finding: Finding) => Finding;
  /** Renders a row as the answer that its user gets. */
  readonly answer: typeof answerOf;
}

/** Replaces a part of the systems by a faulty one. A faulty part that has state keeps it in the world. */
export type Mutation = (systems: Systems, world: World) => Systems;
