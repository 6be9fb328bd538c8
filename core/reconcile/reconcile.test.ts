import { describe, expect, it } from 'vitest';
import { SETTLED_SECONDS } from '../gate/decide.ts';
import { createGate, type GateServices } from '../gate/gate.ts';
import { DELETION_LIMIT } from '../gate/limit.ts';
import { Fault } from '../system/fault.ts';
import type { CheckName } from './checks/index.ts';
import type { Progress } from './progress.ts';
import { createReconcile } from './reconcile.ts';
import { type Finding, noActions } from './report.ts';
import type { ReconcileServices } from './services.ts';

const POOL_ID = 'pool-1';

/** An installation whose customers all name deleted users, listed in pages of two. */
function installation(customers = 6) {
  const deleted = new Set<string>();
  const reserved = new Set<string>();
  let adopted = true;
  const warnings: unknown[] = [];
  const errors: unknown[] = [];
  let progress: Progress | undefined;
  let refused: string | null = null;
  const page = async (cursor: string | null) => {
    if (cursor !== null && cursor === refused) {
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'list all customers' });
    }
    const start = Number(cursor ?? 0);
    const ids = [`cus_${start + 1}`, `cus_${start + 2}`];
    const items = ids.filter((id) => !deleted.has(id)).map((id) => ({ id, sub: `user-${id}`, email: null }));
    return { items, next: start + 2 < customers ? String(start + 2) : null };
  };
  const services = {
    installation: {
      profiles: async () => ({ items: [{ userId: 'user-1', customerId: null }], next: null }),
      rows: async () => ({ items: [], next: null }),
    },
    listings: {
      customers: page,
      reversals: async () => ({ items: [], next: null }),
      rowsOf: async () => new Map(),
      profilesOf: async () => new Map(),
    },
    sync: async ({ sub }: { readonly sub: string | null }) => ({ kind: 'no_such_user', sub: sub ?? '' }),
    stores: null,
    index: { usersOf: async () => [], drop: async () => undefined },
    profiles: { read: async () => undefined },
    entitlements: { read: async () => undefined },
    users: { readUser: async () => undefined },
    adoption: {
      isComplete: async () => adopted,
      complete: async () => {
        adopted = true;
      },
    },
    ledger: {
      recentUsers: async () => [...reserved],
      reserve: async (sub: string) => {
        reserved.add(sub);
        return reserved.size > DELETION_LIMIT ? 'limit_reached' : 'reserved';
      },
    },
    billing: {
      retrieveCustomer: async (id: string) =>
        deleted.has(id)
          ? { kind: 'deleted' }
          : { kind: 'customer', id, sub: `user-${id}`, poolId: POOL_ID, createdAt: -SETTLED_SECONDS },
      readSubscriptionStamps: async () => [],
      listSold: async () => [],
      deleteCustomer: async (id: string) => {
        deleted.add(id);
      },
    },
    clock: { nowMs: () => 0 },
    log: {
      error: (_: string, fields: unknown) => errors.push(fields),
      warn: (_: string, fields: { readonly metric?: string }) => warnings.push(fields.metric),
    },
    checkpoint: {
      load: async () => progress,
      save: async (next: Progress | undefined) => {
        progress = next;
      },
    },
  } as unknown as ReconcileServices;
  const gate = createGate({ ...services, poolId: POOL_ID } as unknown as GateServices);
  return {
    deleted,
    warnings,
    errors,
    run: createReconcile({ ...services, gate }),
    reserved,
    forgetAdoption: () => {
      adopted = false;
    },
    saved: () => progress,
    refuse: (cursor: string) => {
      refused = cursor;
    },
  };
}

const checks: readonly CheckName[] = ['customers'];

describe('A reconcile run', () => {
  it('completes even if every call stops after one repair, and counts each finding once', async () => {
    const { run, deleted, saved } = installation();
    const found: Finding[] = [];
    const onFindings = async (findings: readonly Finding[]) => {
      found.push(...findings);
    };
    let calls = 1;
    let result = await run({ checks, shouldContinue: () => false, onFindings });
    for (; !result.complete && calls < 18; calls += 1) {
      result = await run({ checks, shouldContinue: () => false, onFindings });
    }
    expect(calls).toBeLessThan(18);
    expect(deleted.size).toBe(6);
    expect(result.report).toMatchObject({
      found: 6,
      outcomes: { ...noActions, customer_deleted: 6 },
      reasons: { customer_without_profile: 6 },
    });
    expect(new Set(found.map(({ subjectId }) => subjectId)).size).toBe(6);
    expect(found).toHaveLength(6);
    expect(saved()).toBeUndefined();
  });

  it('never reports a deleted customer as anything but `customer_deleted`', async () => {
    const { run } = installation(2);
    const { report } = await run({ checks });
    expect(report.examples).toEqual([
      'customer_without_profile cus_1 (customer_deleted)',
      'customer_without_profile cus_2 (customer_deleted)',
    ]);
  });

  it('fails instead of restarting a check forever if its cursor is refused again and again', async () => {
    const { run, refuse, warnings } = installation();
    await run({ checks, shouldContinue: () => false });
    refuse('2');
    expect(await run({ checks, dryRun: true }).catch(() => 'failed')).toBe('failed');
    const restarts = warnings.filter((metric) => metric === 'reconcile_check_restarted');
    expect(restarts).toHaveLength(3);
  });

  it('ends nothing at all above the deletion limit, over all its calls, and names the count', async () => {
    const { run, deleted, errors } = installation(40);
    let asked = 0;
    // Each call has time for one page of two repairs.
    const shouldContinue = () => {
      asked += 1;
      return asked % 2 === 1;
    };
    let result = await run({ checks, shouldContinue });
    for (let calls = 1; !result.complete && calls < 60; calls += 1) {
      result = await run({ checks, shouldContinue });
    }
    expect(deleted.size).toBe(0);
    expect(result.report).toMatchObject({ found: 40, outcomes: { customer_deleted: 0, withheld: 40 } });
    expect(result.notEnded).toHaveLength(40);
    expect(errors).toEqual([{ metric: 'deletion_limit_reached', count: 40, limit: DELETION_LIMIT }]);
  });

  it('counts what earlier runs of the last days have ended', async () => {
    const { run, deleted, reserved } = installation(6);
    for (let n = 0; n < 6; n += 1) reserved.add(`earlier-${n}`);
    expect((await run({ checks })).report.outcomes).toMatchObject({ customer_deleted: 0, withheld: 6 });
    reserved.clear();
    expect((await run({ checks })).report.outcomes).toMatchObject({ customer_deleted: 6, withheld: 0 });
    expect(deleted.size).toBe(6);
  });

  it('only reports before the adoption is complete, unless it is part of the adoption, and then ends nothing', async () => {
    const { run, deleted, forgetAdoption } = installation(2);
    forgetAdoption();
    const first = await run({ checks });
    expect(first).toMatchObject({ adopted: false, report: { found: 2, planned: { withheld: 2 } } });
    const adopting = await run({ checks, adopts: true });
    expect(adopting.report.outcomes).toMatchObject({ customer_deleted: 0, withheld: 2 });
    expect(deleted.size).toBe(0);
  });

  it('ends even if a check is named twice', async () => {
    const { run, deleted } = installation();
    expect(await run({ checks: ['customers', 'customers'] })).toMatchObject({ complete: true });
    expect(deleted.size).toBe(6);
  });

  it('returns what earlier calls found, and the whole', async () => {
    const { run, deleted } = installation();
    await run({ checks, shouldContinue: () => deleted.size < 2 });
    const { before, report } = await run({ checks });
    expect([before.outcomes.customer_deleted, report.outcomes.customer_deleted]).toEqual([2, 6]);
  });

  it('reports for each page what the current check has counted', async () => {
    const { run, deleted } = installation(4);
    const counts: unknown[] = [];
    const onPage = ({ check, counts: { checked, found } }: Progress) => counts.push([check, checked, found]);
    const both = { checks: ['customers', 'reversals'] as const, dryRun: true, onPage };
    // The first call is interrupted after a page, and the second one continues its counts.
    await run({ ...both, shouldContinue: () => false });
    await run({ ...both, shouldContinue: () => counts.length < 2 });
    await run(both);
    expect(deleted.size).toBe(0);
    expect(counts).toEqual([
      ['customers', 2, 2],
      ['customers', 4, 4],
      ['reversals', 0, 0],
    ]);
  });
});
