import { describe, expect, it } from 'vitest';
import { defaultChecks } from '../../core/reconcile/checks/index.ts';
import { MAX_ENDINGS_KEPT, type Progress } from '../../core/reconcile/progress.ts';
import { createReconcile } from '../../core/reconcile/reconcile.ts';
import { emptyReport, type Finding, noActions } from '../../core/reconcile/report.ts';
import { Fault } from '../../core/system/fault.ts';
import { createReconcileWorld } from '../support/reconcile-world.ts';

const stop = (): boolean => false;

/** Users with a profile and a customer, whose rows were lost. */
function withoutRows(...subs: readonly string[]) {
  const world = createReconcileWorld();
  for (const sub of subs) {
    world.addAccount(sub);
    world.dynamodb.entitlements.delete(sub);
  }
  return world;
}

const rowCreated = (sub: string): Finding => ({
  reason: 'row_missing',
  subjectId: sub,
  sub,
  outcome: 'row_created',
});

const orphanOf = (sub: string, customerId: string) => ({
  reason: 'customer_without_profile',
  subjectId: customerId,
  ending: { kind: 'customer', sub, customerId },
});

const summaryOf = (progress: Progress | undefined) =>
  progress && [
    progress.check,
    progress.cursor,
    progress.counts.checked,
    progress.endings.length,
    progress.ending,
  ];

describe('A run of reconcile', () => {
  it('goes through all checks of a scheduled run, page by page, and keeps nothing of a completed run', async () => {
    const world = createReconcileWorld();
    for (const sub of ['ann', 'ben', 'cid']) world.addAccount(sub);
    world.advance(60);
    expect(await createReconcile(world.services)()).toEqual({
      complete: true,
      report: { ...emptyReport, checked: 18 },
      before: emptyReport,
      adopted: true,
      notEnded: [],
    });
    expect(world.pages).toEqual([
      'profiles first',
      'subscriptions first',
      'customers first',
      'customers 2',
      'reversals first',
      'rows first',
      'rows 2',
      'rows first',
      'rows 2',
      'profiles first',
    ]);
    expect(defaultChecks).toHaveLength(10);
    expect(world.saves.at(-1)).toBeUndefined();
    expect(world.metrics()).toEqual([]);
  });

  it('checks the profiles if it is given no check', async () => {
    const world = withoutRows('ann');
    expect((await world.run({ checks: [] })).findings).toEqual([rowCreated('ann')]);
    expect(world.pages).toEqual(['profiles first']);
  });

  it('saves its progress after each page, and what is to be ended with it', async () => {
    const world = createReconcileWorld();
    world.addOrphans(3);
    const { complete, findings } = await world.run({ checks: ['customers', 'reversals'] });
    expect(complete).toBe(true);
    expect(findings.map(({ subjectId, outcome }) => [subjectId, outcome])).toEqual([
      ['cus_1', 'customer_deleted'],
      ['cus_2', 'customer_deleted'],
      ['cus_3', 'customer_deleted'],
    ]);
    expect(world.saves.map(summaryOf)).toEqual([
      ['customers', '2', 2, 2, false],
      ['reversals', null, 0, 3, false],
      ['reversals', null, 0, 3, true],
      // The comparison with the profiles, and with the rows.
      ['reversals', null, 0, 3, true],
      ['reversals', null, 0, 3, true],
      ['reversals', null, 0, 2, true],
      ['reversals', null, 0, 1, true],
      ['reversals', null, 0, 0, true],
      undefined,
    ]);
    expect(world.saves[2]?.endings).toEqual([
      orphanOf('ghost-1', 'cus_1'),
      orphanOf('ghost-2', 'cus_2'),
      orphanOf('ghost-3', 'cus_3'),
    ]);
  });

  it('stops after a page, and resumes with the next one', async () => {
    const world = createReconcileWorld();
    for (const sub of ['ann', 'ben', 'cid']) world.addAccount(sub);
    const first = await world.run({ checks: ['customers'], shouldContinue: stop });
    const found = { ...emptyReport, checked: 2 };
    expect(first).toEqual({
      complete: false,
      report: found,
      before: emptyReport,
      adopted: true,
      notEnded: [],
      findings: [],
    });
    const second = await world.run({ checks: ['customers'], shouldContinue: stop });
    expect(second).toMatchObject({ complete: true, report: { checked: 3 }, before: found });
    expect(world.pages).toEqual(['customers first', 'customers 2']);
  });

  it('starts over if the saved progress is about a check that was not selected', async () => {
    const world = withoutRows('ann', 'ben', 'cid');
    await world.run({ checks: ['customers'], dryRun: true, shouldContinue: stop });
    const { report, before } = await world.run({ checks: ['profiles'], dryRun: true });
    expect(before).toEqual(emptyReport);
    expect(report).toMatchObject({ checked: 3, found: 3, planned: { row_created: 3 } });
  });

  it('finishes a page of several repairs over several calls, and counts each repair once', async () => {
    const world = withoutRows('ann', 'ben', 'cid');
    const pages: unknown[] = [];
    const onPage = ({ counts }: Progress): void => {
      pages.push(counts);
    };
    const call = () => world.run({ checks: ['profiles'], shouldContinue: stop, onPage });
    const [first, second, third] = [await call(), await call(), await call()];
    expect([first.findings, second.findings, third.findings]).toEqual(
      ['ann', 'ben', 'cid'].map((sub) => [rowCreated(sub)]),
    );
    expect(
      [first, second, third].map(({ complete, report }) => [complete, report.checked, report.found]),
    ).toEqual([
      [false, 0, 1],
      [false, 0, 2],
      [true, 3, 3],
    ]);
    expect(world.saves.map(summaryOf)).toEqual([
      ['profiles', null, 0, 0, false],
      ['profiles', null, 0, 0, false],
      undefined,
    ]);
    expect(pages).toEqual([{ checked: 3, found: 3, failed: 0 }]);
    expect(third.report.outcomes).toEqual({ ...noActions, row_created: 3 });
  });

  it('repairs a page while there is time, and asks after each repair but the last', async () => {
    const world = withoutRows('ann', 'ben', 'cid');
    let asked = 0;
    const shouldContinue = (): boolean => {
      asked += 1;
      return true;
    };
    const { report } = await world.run({ checks: ['profiles'], shouldContinue });
    expect([report.found, asked]).toEqual([3, 2]);
  });

  it('reports a failed repair of an interrupted page only when the page is finished', async () => {
    const world = withoutRows('ann', 'ben');
    const fail = () =>
      world.once('before', 'create entitlement', () => {
        throw new Error('no answer');
      });
    fail();
    const first = await world.run({ checks: ['profiles'], shouldContinue: stop });
    expect([first.findings, first.report]).toEqual([[], emptyReport]);
    fail();
    const pages: unknown[] = [];
    const onPage = ({ counts }: Progress): void => {
      pages.push(counts);
    };
    const second = await world.run({ checks: ['profiles'], onPage });
    expect(second.findings).toEqual([{ ...rowCreated('ann'), outcome: 'failed' }, rowCreated('ben')]);
    expect(second.report.outcomes).toEqual({ ...noActions, failed: 1, row_created: 1 });
    expect(pages).toEqual([{ checked: 2, found: 2, failed: 1 }]);
    expect(world.metrics()).toEqual(['reconcile_failed', 'reconcile_failed']);
  });

  it('finds again, in an interrupted page, what only a person can decide', async () => {
    const world = createReconcileWorld();
    world.addUser('ann');
    world.addProfile('ann', world.addCustomer('zoe'));
    world.addProfile('ben', world.addCustomer('zoe'));
    const checks = ['profiles'] as const;
    expect((await world.run({ checks, shouldContinue: stop })).findings).toEqual([]);
    expect(
      (await world.run({ checks })).findings.map(({ subjectId, outcome }) => [subjectId, outcome]),
    ).toEqual([
      ['ann', 'needs_review'],
      ['ben', 'needs_review'],
    ]);
  });

  it.each([
    [true, 'found'],
    [false, 'withheld'],
  ])(
    'finds again, in an interrupted page, what it ended nothing of (dry run: %s)',
    async (dryRun, outcome) => {
      const world = createReconcileWorld();
      for (const sub of ['ghost-1', 'ghost-2']) world.addCustomer(sub);
      const checks = ['customers'] as const;
      expect((await world.run({ checks, dryRun, shouldContinue: stop })).findings).toEqual([]);
      const { findings, complete } = await world.run({ checks, dryRun });
      expect(findings.map(({ subjectId, outcome: done }) => [subjectId, done])).toEqual([
        ['cus_1', outcome],
        ['cus_2', outcome],
      ]);
      expect(complete).toBe(true);
    },
  );

  it('does not stop again at what an interrupted page proposed to end before', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    const call = () => world.run({ checks: ['customers'], shouldContinue: stop });
    expect((await call()).complete).toBe(false);
    expect(world.saves.map(summaryOf)).toEqual([['customers', null, 0, 1, false]]);
    expect((await call()).complete).toBe(false);
    expect(world.saves.at(-1)).toMatchObject({ ending: true, compare: { table: 'rows', cursor: null } });
    const second = await call();
    expect([second.complete, second.findings.length, second.report.checked]).toEqual([false, 1, 2]);
    expect(world.saves.at(-1)).toMatchObject({ ending: true, endings: [orphanOf('ghost-2', 'cus_2')] });
    expect((await call()).complete).toBe(false);
    const third = await call();
    expect([third.complete, third.findings.length, third.before.found, third.report.found]).toEqual([
      true,
      1,
      1,
      2,
    ]);
    expect(world.pages).toEqual([
      'customers first',
      'customers first',
      'profiles first',
      'rows first',
      // What is left is compared again.
      'profiles first',
      'rows first',
    ]);
    expect(world.saves.at(-1)).toBeUndefined();
  });

  it('proposes once what two checks find', async () => {
    const world = createReconcileWorld();
    const customerId = world.addOrphan('ghost');
    world.addSubscription({ customerId });
    const { report } = await world.run({ checks: ['subscriptions', 'customers'] });
    expect(report).toMatchObject({ found: 1, reasons: { row_missing: 1 } });
    expect(world.saves.map((progress) => progress?.endingsFound)).toEqual([1, 1, 1, 1, 0, undefined]);
  });

  it('keeps a limited number of endings, and counts them all', async () => {
    const world = createReconcileWorld();
    const [customerId = ''] = world.addOrphans(2);
    const endings = Array.from({ length: MAX_ENDINGS_KEPT - 1 }, (_, index) =>
      orphanOf(`g-${index}`, customerId),
    );
    const state = { ending: false, compare: { table: 'profiles', cursor: null } } as const;
    const saved = { check: 'customers', cursor: null, report: emptyReport, ...state } as const;
    const counts = { checked: 0, found: 0, failed: 0 };
    world.saves.push({ ...saved, counts, endings, endingsFound: endings.length } as Progress);
    const { notEnded, report } = await world.run({ checks: ['customers'] });
    expect(notEnded).toEqual([...endings, orphanOf('ghost-1', 'cus_1')]);
    expect(report).toMatchObject({ found: 1_001, outcomes: { withheld: 1_000 } });
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      { metric: 'deletion_limit_reached', count: 1_001, limit: 10 },
    ]);
  });

  it('counts a user of an earlier check once, and reports each reason once', async () => {
    const world = withoutRows('ann', 'ben');
    const seen = {
      add: (findings: readonly Finding[]) => ({
        newSubjects: 0,
        newFindings: findings.filter(({ subjectId }) => subjectId === 'ben'),
      }),
    };
    const pages: unknown[] = [];
    const onPage = ({ counts }: Progress): void => {
      pages.push(counts);
    };
    const { report, findings } = await world.run({ checks: ['profiles'], dryRun: true, seen, onPage });
    expect(findings.map(({ subjectId }) => subjectId)).toEqual(['ben']);
    expect(report).toMatchObject({ checked: 2, found: 0, reasons: { row_missing: 1 } });
    expect(pages).toEqual([{ checked: 2, found: 2, failed: 0 }]);
  });
});

describe('A cursor that is no longer valid', () => {
  async function interrupted() {
    const world = createReconcileWorld();
    for (const sub of ['ann', 'ben', 'cid']) world.addAccount(sub);
    await world.run({ checks: ['customers'], shouldContinue: stop });
    world.pages.length = 0;
    world.refusedPages.add('customers 2');
    return world;
  }

  it('restarts the check, and keeps its counts', async () => {
    const world = await interrupted();
    const { complete, report } = await world.run({ checks: ['customers'], shouldContinue: stop });
    expect([complete, report.checked]).toEqual([false, 4]);
    expect(world.pages).toEqual(['customers 2', 'customers first']);
    expect(world.saves.at(-1)).toMatchObject({ check: 'customers', cursor: '2' });
    expect(world.logs.map(({ level, fields }) => [level, fields])).toEqual([
      ['warn', { metric: 'reconcile_check_restarted', check: 'customers' }],
    ]);
  });

  it('restarts it three times in one call, and fails then', async () => {
    const world = await interrupted();
    await expect(world.run({ checks: ['customers'] })).rejects.toThrow('refused');
    const [refused, first] = ['customers 2', 'customers first'];
    expect(world.pages).toEqual([refused, first, refused, first, refused, first, refused]);
    expect(world.metrics()).toEqual(Array.from({ length: 3 }, () => 'reconcile_check_restarted'));
  });

  it('is no reason to restart the first page', async () => {
    const world = createReconcileWorld();
    world.addAccount('ann');
    world.refusedPages.add('customers first');
    await expect(world.run({ checks: ['customers'] })).rejects.toThrow('refused');
    expect([world.pages, world.metrics()]).toEqual([['customers first'], []]);
  });

  it.each([new Fault({ code: 'unavailable', system: 'stripe', operation: 'list' }), new Error('no answer')])(
    'is not suspected after another failure: %s',
    async (failure) => {
      const world = await interrupted();
      const customers = async () => {
        throw failure;
      };
      const run = createReconcile({ ...world.services, listings: { ...world.services.listings, customers } });
      await expect(run({ checks: ['customers'] })).rejects.toBe(failure);
      expect(world.metrics()).toEqual([]);
    },
  );
});
