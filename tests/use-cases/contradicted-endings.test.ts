import { describe, expect, it } from 'vitest';
import type { Ending } from '../../core/gate/ending.ts';
import { endThese } from '../../core/reconcile/endings.ts';
import type { Page } from '../../core/reconcile/listings.ts';
import { syncRequest } from '../../core/reconcile/repair.ts';
import { Fault } from '../../core/system/fault.ts';
import { nameUser } from '../../simulation/worlds/stripe.ts';
import { createReconcileWorld, HOUR } from '../support/reconcile-world.ts';

type World = ReturnType<typeof createReconcileWorld>;

const checks = ['customers'] as const;
const contradiction = (customerId: string, source: 'profile' | 'row', sub = 'ghost', otherSub = 'ben') => ({
  metric: 'owner_contradiction',
  customer_id: customerId,
  user_id: sub,
  other_user_id: otherSub,
  other_source: source,
});
const withheld = (subjectId: string, sub = 'ghost') => {
  return { reason: 'owner_contradiction', subjectId, sub, outcome: 'withheld' };
};
const lives = ({ stripe }: World, id: string): boolean => stripe.customers.get(id)?.deletedMs === null;
const comparedPages = ({ pages }: World) => pages.filter((page) => /^(?:profiles|rows)/.test(page));
const logged = ({ logs }: World) => logs.map(({ fields }) => fields);

/** A customer names a user who does not exist, and another user exists. */
function scene() {
  const world = createReconcileWorld();
  world.addAccount('ben');
  const customerId = world.addOrphan('ghost');
  return { world, customerId };
}

describe('What belongs to a missing user, while the record of another user names it', () => {
  it.each(['profile', 'row'] as const)('is a contradiction and is not ended: the %s', async (source) => {
    const { world, customerId } = scene();
    if (source === 'profile') world.addProfile('ben', customerId);
    else world.addRow('ben', { customerIds: [customerId] });
    const { findings, report, notEnded, complete } = await world.run({ checks });
    expect(findings).toEqual([withheld(customerId)]);
    expect(report).toMatchObject({ found: 1, outcomes: { withheld: 1, customer_deleted: 0 } });
    expect([complete, notEnded, lives(world, customerId)]).toEqual([true, [], true]);
    expect(logged(world)).toContainEqual(expect.objectContaining(contradiction(customerId, source)));
    expect(world.installation.endings.size).toBe(0);
  });

  it('is found on any page of the tables, and does not keep the rest', async () => {
    const { world, customerId } = scene();
    const other = world.addOrphan('ghost-2');
    for (let n = 1; n <= 5; n += 1) world.addAccount(`user-${n}`);
    world.addAccount('zoe');
    world.addRow('zoe', { customerIds: ['cus_zoe', customerId] });
    const { findings } = await world.run({ checks });
    expect(findings).toEqual([
      withheld(customerId),
      {
        reason: 'customer_without_profile',
        subjectId: other,
        sub: 'ghost-2',
        outcome: 'customer_deleted',
        also: [],
      },
    ]);
    expect([lives(world, customerId), lives(world, other)]).toEqual([true, false]);
  });

  it('is not counted against the limit', async () => {
    const { world, customerId } = scene();
    world.addProfile('ben', customerId);
    world.addOrphans(10);
    const { report } = await world.run({ checks });
    expect(report.outcomes).toMatchObject({ customer_deleted: 10, withheld: 1 });
    expect(lives(world, customerId)).toBe(true);
  });

  it('is ended if the customer that both name is deleted already', async () => {
    const { world } = scene();
    const { customerId } = world.addAccount('cem');
    await world.systems.billing.deleteCustomer(customerId);
    world.cognito.users.delete('cem');
    world.addRow('ben', { customerIds: [customerId] });
    world.advance(HOUR);
    const { findings } = await world.run({ checks: ['missing_users'] });
    expect(findings).toMatchObject([
      { reason: 'user_missing', subjectId: 'cem', outcome: 'account_deleted' },
    ]);
    expect(world.dynamodb.entitlements.has('cem')).toBe(false);
  });

  it('keeps the whole account that names it', async () => {
    const { world } = scene();
    const { customerId } = world.addAccount('cem');
    world.cognito.users.delete('cem');
    world.addRow('ben', { customerIds: [customerId] });
    world.advance(HOUR);
    const { findings } = await world.run({ checks: ['missing_users'] });
    expect(findings).toEqual([withheld(customerId, 'cem')]);
    expect([world.dynamodb.profiles.has('cem'), world.dynamodb.entitlements.has('cem')]).toEqual([
      true,
      true,
    ]);
    expect(lives(world, customerId)).toBe(true);
  });

  it('is reported and left out of the list by a run that only reports', async () => {
    const { world, customerId } = scene();
    world.addProfile('ben', customerId);
    const { findings, notEnded } = await world.run({ checks, dryRun: true });
    expect(findings.at(-1)).toEqual({ ...withheld(customerId), outcome: 'found', planned: 'withheld' });
    expect(notEnded).toEqual([]);
  });

  it('is not ended either if a person approved it', async () => {
    const { world, customerId } = scene();
    world.addProfile('ben', customerId);
    const other = world.addOrphan('ghost-2');
    const endings: Ending[] = [
      { kind: 'customer', sub: 'ghost', customerId },
      { kind: 'customer', sub: 'ghost-2', customerId: other },
    ];
    const report = await endThese(world.services, endings);
    expect(report).toMatchObject({ checked: 2, found: 2, outcomes: { customer_deleted: 1, withheld: 1 } });
    expect([lives(world, customerId), lives(world, other)]).toEqual([true, false]);
  });
});

describe('A customer in which a person named the wrong user', () => {
  it('is not ended while the row of the user who pays exists', async () => {
    const world = createReconcileWorld();
    world.addAccount('ann');
    const customerId = world.addCustomer('ann');
    world.addSubscription({ id: 'sub_1', customerId });
    world.advance(HOUR);
    await world.sync({ ...syncRequest(customerId, 'ann') });
    world.stripe.mislabeled.clear();
    const customer = world.stripe.customers.get(customerId);
    if (customer !== undefined) nameUser(world.stripe, customer, 'typo');
    world.stripe.mislabeled.clear();
    const request = { ...syncRequest(customerId, 'typo'), reassigned: true, formerSub: 'ann' };
    await world.sync({ ...request, changedAt: world.nowSeconds() });
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({ formerCustomerIds: [customerId] });
    const { findings } = await world.run();
    expect(findings).toContainEqual(withheld(customerId, 'typo'));
    expect([lives(world, customerId), world.stripe.subscriptions.get('sub_1')?.status]).toEqual([
      true,
      'active',
    ]);
    // A person corrects it.
    const named = world.stripe.customers.get(customerId);
    if (named !== undefined) nameUser(world.stripe, named, 'ann');
    await world.sync({ ...request, sub: 'ann', formerSub: 'typo', changedAt: world.nowSeconds() });
    const row = world.dynamodb.entitlements.get('ann');
    expect(row).toMatchObject({ status: 'active', formerCustomerIds: [] });
    expect(row?.customerIds).toContain(customerId);
  });
});

describe('An account whose user is missing', () => {
  it('ends only with the customers that were compared; another one waits for the next run', async () => {
    const world = createReconcileWorld();
    const { customerId } = world.addAccount('cem');
    world.addAccount('ben');
    const second = world.addCustomer('cem');
    world.addSubscription({ id: 'sub_1', customerId: second });
    world.addProfile('ben', second);
    world.cognito.users.delete('cem');
    world.advance(HOUR);
    const first = await world.run({ checks: ['missing_users'] });
    expect(first.findings).toMatchObject([{ subjectId: 'cem', outcome: 'account_deleted' }]);
    expect([lives(world, customerId), lives(world, second)]).toEqual([false, true]);
    const next = await world.run({ checks });
    expect(next.findings).toEqual([withheld(second, 'cem')]);
    expect(lives(world, second)).toBe(true);
  });
});

describe('The comparison with the records', () => {
  it('starts again if its saved position is no longer valid', async () => {
    const { world, customerId } = scene();
    for (let n = 1; n <= 3; n += 1) world.addAccount(`user-${n}`);
    world.refusedPages.add('rows 2');
    await expect(world.run({ checks })).rejects.toThrow('refused');
    expect(lives(world, customerId)).toBe(true);
    world.refusedPages.clear();
    world.refusedPages.add('rows 9');
    const saved = world.saves.at(-1);
    world.saves.push(saved && { ...saved, compare: { table: 'rows', cursor: '9' } });
    world.pages.length = 0;
    expect((await world.run({ checks })).complete).toBe(true);
    expect(world.pages.slice(0, 2)).toEqual(['rows 9', 'profiles first']);
    expect(lives(world, customerId)).toBe(false);
  });

  it('is made again by a call that resumes one which broke off before it ended anything', async () => {
    const { world, customerId } = scene();
    world.once('before', 'read endings', () => {
      throw new Error('killed');
    });
    await expect(world.run({ checks })).rejects.toThrow('killed');
    expect(world.saves.at(-1)).toMatchObject({ ending: true, compare: null });
    world.addProfile('ben', customerId);
    expect((await world.run({ checks })).findings).toEqual([withheld(customerId)]);
    expect(lives(world, customerId)).toBe(true);
  });

  it('goes on in the next call from the page where the time ran out', async () => {
    const { world, customerId } = scene();
    for (let n = 1; n <= 3; n += 1) world.addAccount(`user-${n}`);
    world.addRow('user-3', { customerIds: [customerId] });
    let calls = 0;
    let isComplete = false;
    while (!isComplete) {
      const { complete, notEnded } = await world.run({ checks, shouldContinue: () => false });
      expect([notEnded, lives(world, customerId)]).toEqual([[], true]);
      isComplete = complete;
      calls += 1;
    }
    const compared = comparedPages(world);
    expect(compared).toEqual(['profiles first', 'rows first', 'rows 2']);
    expect(calls).toBeGreaterThan(compared.length);
    expect([lives(world, customerId), logged(world)[0]]).toEqual([
      true,
      expect.objectContaining(contradiction(customerId, 'row', 'ghost', 'user-3')),
    ]);
  });

  it('starts again only once, and only if the position was refused', async () => {
    const { world } = scene();
    for (let n = 1; n <= 3; n += 1) world.addAccount(`user-${n}`);
    world.refusedPages.add('rows 2');
    await expect(world.run({ checks })).rejects.toThrow('refused');
    const saved = world.saves.at(-1);
    const resume = () => {
      world.saves.push(saved && { ...saved, compare: { table: 'rows', cursor: '2' } });
      world.pages.length = 0;
    };
    resume();
    await expect(world.run({ checks })).rejects.toThrow('refused');
    expect(world.pages).toEqual(['rows 2', 'profiles first', 'rows first', 'rows 2']);
  });

  it('does not start again if its first page is refused', async () => {
    const { world, customerId } = scene();
    world.refusedPages.add('profiles first');
    await expect(world.run({ checks })).rejects.toThrow('refused');
    expect(comparedPages(world)).toEqual(['profiles first']);
    expect(lives(world, customerId)).toBe(true);
  });

  it.each([
    ['a defect', new Error('no answer')],
    ['an outage', new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'list rows' })],
  ])('fails if a page cannot be read because of %s, and ends nothing', async (_, failure) => {
    const { world, customerId } = scene();
    let pages = 0;
    const rows = async (): Promise<Page<never>> => {
      pages += 1;
      if (pages > 1) throw failure;
      return { items: [], next: '1' };
    };
    const installation = { ...world.services.installation, rows };
    const endings: Ending[] = [{ kind: 'customer', sub: 'ghost', customerId }];
    await expect(endThese({ ...world.services, installation }, endings)).rejects.toBe(failure);
    expect([pages, lives(world, customerId)]).toEqual([2, true]);
  });

  it('reports one contradiction for an ending that several records contradict', async () => {
    const { world, customerId } = scene();
    world.addProfile('ben', customerId);
    world.addRow('ben', { customerIds: ['cus_1', customerId] });
    const { findings, report } = await world.run({ checks });
    expect([findings, report.found]).toEqual([[withheld(customerId)], 1]);
    const approved = await endThese(world.services, [{ kind: 'customer', sub: 'ghost', customerId }]);
    expect(approved).toMatchObject({ checked: 1, found: 1, outcomes: { withheld: 1 } });
  });

  it('reports it once also if those records are on several pages', async () => {
    const { world, customerId } = scene();
    const other = world.addOrphan('ghost-2');
    world.addProfile('ben', customerId);
    world.addRow('ben', { customerIds: ['cus_1', customerId] });
    const { findings, report } = await world.run({ checks });
    expect(findings).toMatchObject([withheld(customerId), { subjectId: other, outcome: 'customer_deleted' }]);
    expect(report.outcomes).toMatchObject({ customer_deleted: 1, withheld: 1 });
  });

  it('ends with the page that contradicts the last ending', async () => {
    const { world, customerId } = scene();
    world.addProfile('ben', customerId);
    expect((await world.run({ checks })).complete).toBe(true);
    expect(comparedPages(world)).toEqual(['profiles first']);
  });

  it('reads every page of the profiles, then every page of the rows', async () => {
    const { world, customerId } = scene();
    world.addAccount('cem');
    const { profiles, rows } = world.services.installation;
    const read: string[] = [];
    const onePerPage =
      <T>(table: string, list: (cursor: string | null) => Promise<Page<T>>) =>
      async (cursor: string | null): Promise<Page<T>> => {
        const { items } = await list(null);
        const index = Number(cursor);
        read.push(`${table} ${cursor}`);
        return { items: items.slice(index, index + 1), next: index === 1 ? null : '1' };
      };
    const installation = {
      ...world.services.installation,
      profiles: onePerPage('profiles', profiles),
      rows: onePerPage('rows', rows),
    };
    const endings: Ending[] = [{ kind: 'customer', sub: 'ghost', customerId }];
    const report = await endThese({ ...world.services, installation }, endings);
    expect(report.outcomes.customer_deleted).toBe(1);
    expect(read).toEqual(['profiles null', 'profiles 1', 'rows null', 'rows 1']);
  });

  it('does not happen if there is nothing to end', async () => {
    const { world, customerId } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    await world.run({ checks });
    expect(comparedPages(world)).toEqual([]);
  });
});
