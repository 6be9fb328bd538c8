import { describe, expect, it } from 'vitest';
import { endThese } from '../../core/reconcile/endings.ts';
import { emptyReport, noActions } from '../../core/reconcile/report.ts';
import { createReconcileWorld, HOUR } from '../support/reconcile-world.ts';

const WEEK = 7 * 24 * HOUR;
const checks = ['customers'] as const;

type World = ReturnType<typeof createReconcileWorld>;

const countOf = ({ calls }: World, name: string): number => calls.filter((call) => call === name).length;
const fieldsOf = ({ logs }: World) => logs.map(({ level, fields }) => [level, fields]);
const livingIn = ({ stripe }: World): number =>
  [...stripe.customers.values()].filter(({ deletedMs }) => deletedMs === null).length;

/** So many users had something ended `secondsAgo`. */
function endedBefore(world: World, users: number, secondsAgo = 0): void {
  for (let n = 1; n <= users; n += 1)
    world.installation.endings.set(`earlier-${n}`, world.nowSeconds() - secondsAgo);
}

const orphan = (n: number, outcome: string) => ({
  reason: 'customer_without_profile',
  subjectId: `cus_${n}`,
  sub: `ghost-${n}`,
  outcome,
});
const ofCustomer = (n: number) => ({ kind: 'customer', sub: `ghost-${n}`, customerId: `cus_${n}` }) as const;
const proposed = (n: number) => ({
  reason: 'customer_without_profile',
  subjectId: `cus_${n}`,
  ending: ofCustomer(n),
});
const limitReached = (count: number) => ['error', { metric: 'deletion_limit_reached', count, limit: 10 }];

describe('What a run ends', () => {
  it('is ended after the last check, and recorded before the first ending', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    const { findings, report, complete, notEnded } = await world.run({ checks });
    expect(findings).toEqual([1, 2].map((n) => ({ ...orphan(n, 'customer_deleted'), also: [] })));
    expect(report).toEqual({
      ...emptyReport,
      checked: 2,
      found: 2,
      outcomes: { ...noActions, customer_deleted: 2 },
      reasons: { customer_without_profile: 2 },
      examples: [
        'customer_without_profile cus_1 (customer_deleted)',
        'customer_without_profile cus_2 (customer_deleted)',
      ],
    });
    expect([complete, notEnded, livingIn(world)]).toEqual([true, [], 0]);
    const now = world.nowSeconds();
    expect(world.installation.endings).toEqual(new Map([1, 2].map((n) => [`ghost-${n}`, now])));
    const first = world.calls.indexOf('delete customer');
    expect(world.calls.slice(0, first).filter((call) => call === 'reserve ending')).toHaveLength(3);
  });

  it('does not touch the record of endings if there is nothing to end', async () => {
    const world = createReconcileWorld();
    world.addAccount('ann');
    await world.run({ checks });
    expect(world.calls).not.toContain('read endings');
  });

  it('is all of the limit’s ten users, also with more than one customer each', async () => {
    const world = createReconcileWorld();
    world.addOrphans(10);
    world.addOrphan('ghost-1');
    const { report, notEnded } = await world.run({ checks });
    expect([report.outcomes.customer_deleted, notEnded, livingIn(world)]).toEqual([11, [], 0]);
    // Once for each user before the first ending, and again for each ending.
    expect(countOf(world, 'reserve ending')).toBe(10 + 11);
  });

  it('is nothing at all above the limit, and a person gets the list', async () => {
    const world = createReconcileWorld();
    world.addOrphans(11);
    const all = Array.from({ length: 11 }, (_, index) => index + 1);
    const { report, findings, complete, notEnded } = await world.run({ checks });
    expect(findings).toEqual(all.map((n) => orphan(n, 'withheld')));
    expect(report).toMatchObject({ found: 11, outcomes: { ...noActions, withheld: 11 } });
    expect([complete, livingIn(world), world.installation.endings.size]).toEqual([true, 11, 0]);
    expect(notEnded).toEqual(all.map(proposed));
    expect(fieldsOf(world)).toEqual([limitReached(11)]);
    expect(world.saves.at(-1)).toBeUndefined();
  });

  it.each([
    [8, 0, 'ended'],
    [9, 0, 'withheld'],
    [9, WEEK, 'withheld'],
    [9, WEEK + 1, 'ended'],
  ])('counts the users of the last week: %s of %s seconds ago', async (users, secondsAgo, what) => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    endedBefore(world, users, secondsAgo);
    const { report } = await world.run({ checks });
    expect(report.outcomes).toMatchObject(
      what === 'ended' ? { customer_deleted: 2, withheld: 0 } : { customer_deleted: 0, withheld: 2 },
    );
    expect(fieldsOf(world).filter(([level]) => level === 'error')).toEqual(
      what === 'ended' ? [] : [limitReached(11)],
    );
  });

  it('counts a user of the last week once', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    endedBefore(world, 8);
    world.installation.endings.set('ghost-1', world.nowSeconds());
    expect((await world.run({ checks })).report.outcomes.customer_deleted).toBe(2);
  });

  it('is nothing if deliveries use up the limit in the meantime', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    world.once('after', 'read endings', () => endedBefore(world, 9));
    const { findings, notEnded } = await world.run({ checks });
    expect(findings).toEqual([orphan(1, 'withheld'), orphan(2, 'withheld')]);
    expect([notEnded, livingIn(world)]).toEqual([[proposed(1), proposed(2)], 2]);
    expect(fieldsOf(world)).toEqual([limitReached(11)]);
  });

  it('is shown by a run that only reports, which records and ends nothing', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    endedBefore(world, 9);
    world.once('before', 'reserve ending', () => {
      throw new Error('A dry run reserves nothing.');
    });
    const { findings, report, notEnded, complete } = await world.run({ checks, dryRun: true });
    expect(findings).toEqual([1, 2].map((n) => ({ ...orphan(n, 'found'), planned: 'customer_deleted' })));
    expect(report).toMatchObject({ found: 2, outcomes: noActions, planned: { customer_deleted: 2 } });
    expect([notEnded, complete, livingIn(world)]).toEqual([[proposed(1), proposed(2)], true, 2]);
    expect(fieldsOf(world)).toEqual([limitReached(11)]);
    world.installation.endings.clear();
    const within = await world.run({ checks, dryRun: true });
    expect([within.notEnded.length, world.logs.length, livingIn(world)]).toEqual([2, 1, 2]);
  });

  it('is continued by the next call if there is no time for all of it', async () => {
    const world = createReconcileWorld();
    world.addOrphans(3);
    let left = 5;
    // Enough for both pages of customers, the comparison and one ending.
    const shouldContinue = (): boolean => {
      left -= 1;
      return left > 0;
    };
    const first = await world.run({ checks, shouldContinue });
    expect([first.complete, first.notEnded, first.report.outcomes.customer_deleted]).toEqual([false, [], 2]);
    expect(world.saves.at(-1)).toMatchObject({ ending: true, endings: [proposed(3)], endingsFound: 1 });
    expect(livingIn(world)).toBe(1);
    world.pages.length = 0;
    // What is left is compared again.
    expect((await world.run({ checks, shouldContinue: () => false })).complete).toBe(false);
    const second = await world.run({ checks, shouldContinue: () => false });
    expect([second.complete, second.findings.length, second.before.found, second.report.found]).toEqual([
      true,
      1,
      2,
      3,
    ]);
    const compared = ['profiles first', 'rows first'];
    expect([world.pages, livingIn(world), world.saves.at(-1)]).toEqual([compared, 0, undefined]);
  });

  it('is carried out while there is time, which is asked after each ending but the last', async () => {
    const world = createReconcileWorld();
    world.addOrphans(1);
    let asked = 0;
    const shouldContinue = (): boolean => {
      asked += 1;
      return true;
    };
    await world.run({ checks, shouldContinue });
    // Once between the profiles and the rows, with which the ending is compared.
    expect(asked).toBe(1);
    world.addOrphans(2);
    // Also once between the two drifts of the page, and once between the two endings.
    await world.run({ checks, shouldContinue });
    expect([asked, livingIn(world)]).toEqual([4, 0]);
  });

  it('can fail for one customer without keeping the others', async () => {
    const world = createReconcileWorld();
    world.addOrphans(2);
    world.stripe.undeletable.add('cus_1');
    const { findings, report } = await world.run({ checks });
    expect(findings).toEqual([orphan(1, 'failed'), { ...orphan(2, 'customer_deleted'), also: [] }]);
    expect(report.outcomes).toEqual({ ...noActions, failed: 1, customer_deleted: 1 });
    const [failure] = world.logs;
    expect(failure).toMatchObject({
      level: 'error',
      fields: { metric: 'reconcile_failed', reason: 'customer_without_profile', customer_id: 'cus_1' },
    });
    expect(String(failure?.cause)).toContain('delete customer');
  });

  it('is no finding if nothing was left to end, and withheld if the proof is missing by then', async () => {
    const world = createReconcileWorld();
    world.addOrphans(3);
    world.once('after', 'reserve ending', async () => {
      await world.systems.billing.deleteCustomer('cus_1');
      world.cognito.users.set('ghost-2', 'ghost-2');
    });
    const { findings, report } = await world.run({ checks });
    expect(findings).toEqual([orphan(2, 'withheld'), { ...orphan(3, 'customer_deleted'), also: [] }]);
    expect(report.found).toBe(2);
    expect(fieldsOf(world)[0]).toEqual([
      'warn',
      {
        metric: 'ending_refused',
        ending: 'customer',
        refusal: 'user_exists',
        user_id: 'ghost-2',
        customer_id: 'cus_2',
      },
    ]);
  });

  it('includes the refund of a purchase that no one used', async () => {
    const world = createReconcileWorld();
    const customerId = world.addOrphan('ghost-1');
    const { subscription } = world.addPurchase('ghost-1', customerId);
    const { findings, report } = await world.run({ checks });
    const also = ['subscription_canceled', 'customer_deleted'];
    expect(findings).toEqual([{ ...orphan(1, 'refunded'), also }]);
    expect(report).toMatchObject({ found: 1, outcomes: { refunded: 1, customer_deleted: 1 } });
    expect(world.stripe.payments.get(subscription.id)?.refunded).toBe(true);
  });
});

describe('A list that a person approved', () => {
  it('is ended whatever the limit, and exactly', async () => {
    const world = createReconcileWorld();
    world.addOrphans(12);
    endedBefore(world, 10);
    const listed = Array.from({ length: 11 }, (_, index) => ofCustomer(index + 1));
    const report = await endThese(world.services, listed);
    expect(report).toEqual({
      ...emptyReport,
      checked: 11,
      found: 11,
      outcomes: { ...noActions, customer_deleted: 11 },
      reasons: { approved: 11 },
      examples: listed.map(
        ({ sub, customerId }) => `approved customer ${sub} ${customerId} (customer_deleted)`,
      ),
    });
    expect(livingIn(world)).toBe(1);
    expect(countOf(world, 'reserve ending')).toBe(0);
  });

  it('is ended only as far as the evidence still permits it', async () => {
    const world = createReconcileWorld();
    world.addOrphans(4);
    world.addUser('ghost-1');
    await world.systems.billing.deleteCustomer('cus_2');
    world.stripe.undeletable.add('cus_3');
    world.advance(HOUR);
    const report = await endThese(world.services, [1, 2, 3, 4].map(ofCustomer));
    expect(report).toEqual({
      ...emptyReport,
      checked: 4,
      found: 3,
      outcomes: { ...noActions, withheld: 1, failed: 1, customer_deleted: 1 },
      reasons: { approved: 3 },
      examples: [
        'approved customer ghost-1 cus_1 (withheld)',
        'approved customer ghost-3 cus_3 (failed)',
        'approved customer ghost-4 cus_4 (customer_deleted)',
      ],
    });
    expect(fieldsOf(world)[1]).toEqual([
      'error',
      { metric: 'reconcile_failed', reason: 'approved', user_id: 'customer ghost-3 cus_3' },
    ]);
  });
});
