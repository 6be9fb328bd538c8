import { describe, expect, it } from 'vitest';
import { Fault } from '../system/fault.ts';
import type { CheckName } from './checks/index.ts';
import type { Progress } from './progress.ts';
import { createReconcile, type ReconcileServices } from './reconcile.ts';
import { type Finding, noActions } from './report.ts';

/** An installation whose customers all name deleted users, listed in pages of two. */
function installation(customers = 6) {
  const deleted = new Set<string>();
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
    listings: {
      customers: page,
      reversals: async () => ({ items: [], next: null }),
      rowsOf: async () => new Map(),
      profilesOf: async () => new Map(),
    },
    sync: async ({ sub }: { readonly sub: string | null }) => ({ kind: 'no_such_user', sub: sub ?? '' }),
    profiles: { read: async () => undefined },
    users: { readUser: async () => undefined },
    billing: {
      deleteCustomer: async (id: string) => {
        deleted.add(id);
      },
    },
    clock: { nowMs: () => 0 },
    log: {
      error: (_: string, __: unknown, cause: unknown) => errors.push(cause),
      warn: (_: string, fields: { readonly metric?: string }) => warnings.push(fields.metric),
    },
    checkpoint: {
      load: async () => progress,
      save: async (next: Progress | undefined) => {
        progress = next;
      },
    },
  } as unknown as ReconcileServices;
  return {
    deleted,
    warnings,
    errors,
    run: createReconcile(services),
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
    for (; !result.complete; calls += 1) {
      expect(deleted.size).toBeGreaterThan(0);
      result = await run({ checks, shouldContinue: () => false, onFindings });
    }
    expect(calls).toBeLessThan(10);
    expect(deleted.size).toBe(6);
    expect(result.report).toMatchObject({
      found: 6,
      outcomes: { ...noActions, deleted: 6 },
      reasons: { customer_without_profile: 6 },
    });
    expect(new Set(found.map(({ subjectId }) => subjectId)).size).toBe(6);
    expect(found).toHaveLength(6);
    expect(saved()).toBeUndefined();
  });

  it('never reports a deleted customer as anything but `deleted`', async () => {
    const { run } = installation(2);
    const { report } = await run({ checks });
    expect(report.examples).toEqual([
      'customer_without_profile cus_1 (deleted)',
      'customer_without_profile cus_2 (deleted)',
    ]);
  });

  it('fails instead of restarting a check forever if its cursor is refused again and again', async () => {
    const { run, deleted, refuse, warnings } = installation();
    await run({ checks, shouldContinue: () => deleted.size < 2 });
    refuse('2');
    expect(await run({ checks, dryRun: true }).catch(() => 'failed')).toBe('failed');
    const restarts = warnings.filter((metric) => metric === 'reconcile_check_restarted');
    expect(restarts).toHaveLength(3);
  });

  it('deletes no more than ten orphaned records over all its calls', async () => {
    const { run, deleted, errors } = installation(40);
    let asked = 0;
    // Each call has time for one page of two repairs.
    const shouldContinue = () => {
      asked += 1;
      return asked % 2 === 1;
    };
    let result = await run({ checks, shouldContinue });
    for (let calls = 1; !result.complete && calls < 40; calls += 1) {
      result = await run({ checks, shouldContinue });
    }
    expect(deleted.size).toBe(10);
    expect(result.report.outcomes).toMatchObject({ deleted: 10, failed: 30 });
    expect(errors[0]).toMatchObject({ details: { reason: 'deletion_limit_reached' } });
  });

  it('deletes as many as the operator allows', async () => {
    const { run, deleted } = installation(40);
    const none = await run({ checks, maxDeletions: 0 });
    expect(none.report.outcomes).toMatchObject({ deleted: 0, failed: 40 });
    expect(deleted.size).toBe(0);
    const all = await run({ checks, maxDeletions: 40 });
    expect(all.report.outcomes).toMatchObject({ deleted: 40, failed: 0 });
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
    expect([before.outcomes.deleted, report.outcomes.deleted]).toEqual([2, 6]);
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
