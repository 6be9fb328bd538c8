/** Reconcile and the gate, as the simulation runs them: on real listings, with the installation's own memory. */
import { createDeleteAccount } from '../core/account/delete-account.ts';
import { createProvision } from '../core/account/provision.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import { createGate, type Gate } from '../core/gate/gate.ts';
import { defaultChecks, manualChecks } from '../core/reconcile/checks/index.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { createReconcile } from '../core/reconcile/reconcile.ts';
import type { Finding } from '../core/reconcile/report.ts';
import { listingsOfUser } from '../core/reconcile/user-listings.ts';
import { createApplyEvent } from '../core/sync/apply-event.ts';
import type { Log } from '../core/system/log.ts';
import { checkReport, type RunReport } from './ending-invariants.ts';
import type { Syncs } from './purchase-functions.ts';
import { checkRepeatedSync } from './repeated-syncs.ts';
import type { Systems } from './systems.ts';
import type { World } from './world.ts';
import { isEnded } from './worlds/ended.ts';

interface ReconcileRun extends Syncs {
  readonly systems: Systems;
  readonly log: Log;
}

export type ReconcileChecks = 'scheduled' | 'all';

export interface ReconcileScope {
  readonly checks: ReconcileChecks;
  /** The only user to check. Undefined: the whole installation. */
  readonly sub?: string;
}

export async function reconcileIn(
  world: World,
  run: ReconcileRun,
  { checks, sub }: ReconcileScope,
): Promise<void> {
  const { systems, sync, syncStores, log } = run;
  const { poolId } = world.installation;
  const { directory, listings: whole } = systems;
  const listings: Listings =
    sub === undefined ? whole : await listingsOfUser({ ...systems, poolId, reader: directory }, sub);
  const report = watchReport(world, systems);
  const watched = { ...systems, billing: report.billing };
  await createReconcile({
    ...watched,
    poolId,
    listings,
    installation: whole,
    policy: { rules: defaultRules, plans: {} },
    checkpoint: { load: async () => undefined, save: async () => undefined },
    sync,
    syncStores,
    applyEvent: createApplyEvent({ ...watched, sync }),
    deleteAccount: createDeleteAccount({ ...watched, log }),
    gate: gateIn(world, watched, log),
    provision: createProvision({ ...watched, poolId, users: directory, log }),
    users: directory,
    recordTrial: async () => undefined,
    log,
  })({ checks: checks === 'all' ? manualChecks : defaultChecks, onFindings: report.onFindings });
  checkReport(world, report);
  checkRepeatedSync(world, report.findings);
}

/** Watches which billed customers one run deletes, and what it reports. */
function watchReport(
  { stripe }: World,
  systems: Systems,
): RunReport & {
  readonly billing: Systems['billing'];
  readonly onFindings: (findings: readonly Finding[]) => Promise<void>;
} {
  const findings: Finding[] = [];
  const deleted = new Set<string>();
  return {
    findings,
    deleted,
    billing: {
      ...systems.billing,
      deleteCustomer: async (id) => {
        const isBilled = [...stripe.subscriptions.values()].some(
          (one) => one.customerId === id && !isEnded(one),
        );
        await systems.billing.deleteCustomer(id);
        if (isBilled) deleted.add(id);
      },
    },
    onFindings: async (found) => {
      findings.push(...found.map(systems.reported));
    },
  };
}

export function gateIn(world: World, systems: Systems, log: Log): Gate {
  return createGate({
    ...systems,
    poolId: world.installation.poolId,
    users: systems.directory,
    deleteAccount: createDeleteAccount({ ...systems, log }),
    timeOf: (text) => Number(text),
    log,
  });
}
