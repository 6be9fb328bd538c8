/** What an event of RevenueCat, or another request, makes of the purchases of users in stores. */
import { describe, expect, it } from 'vitest';
import type { EntitlementRow } from '../../core/entitlement/row.ts';
import { createApplyStoreEvent, isUser } from '../../core/stores/apply-store-event.ts';
import type { StorePurchase } from '../../core/stores/purchase.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import type { ClaimRequest, ClaimsWritten } from '../../core/sync/write-claims.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { purchase, withoutIds } from '../support/purchases.ts';
import { createStoreWorld, storeOutage } from '../support/store-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false, until: T0 - DAY });
const paused = purchase({ givesAccess: false, phase: 'paused' });

const byEvent: ClaimRequest = { sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } };
const byReconcile: ClaimRequest = { sub: 'ann', cause: { kind: 'reconcile' } };

/** Ann and Ben have accounts, and RevenueCat knows both. */
function scene() {
  const world = createAccountWorld();
  const revenuecat = createStoreWorld();
  for (const sub of ['ann', 'ben']) {
    world.addAccount(sub);
    revenuecat.has(sub);
  }
  const syncStores = createSyncStores({ ...world.systems, stores: revenuecat.stores, random: () => 0 });
  return {
    world,
    revenuecat,
    syncStores,
    rowOf: (sub: string) => world.dynamodb.entitlements.get(sub) ?? world.addRow(sub),
    apply: (...ids: readonly string[]) =>
      createApplyStoreEvent({ stores: revenuecat.stores, syncStores })({ id: 'rc_evt_1', type: 'any', ids }),
  };
}

describe('A sync of purchases', () => {
  it('writes what RevenueCat says, and when, by its clock', async () => {
    const { revenuecat, syncStores, rowOf } = scene();
    revenuecat.has('ann', purchase());
    revenuecat.state.asOf = T0 + 7;
    expect(await syncStores(byEvent)).toEqual({ kind: 'written', status: 'active', attempts: 1 });
    expect(rowOf('ann')).toMatchObject({
      plan: 'monthly_pro',
      storesSyncedAt: T0 + 7,
      syncedAt: null,
      history: [{ at: T0 + 7, by: 'rc_evt_1' }],
    });
  });

  it('counts a grace of the store from its own clock if the answer has no time', async () => {
    const { world, revenuecat, syncStores, rowOf } = scene();
    revenuecat.has('ann', purchase({ until: T0 - DAY }));
    revenuecat.state.asOf = null;
    world.advance(60);
    await syncStores(byEvent);
    expect(rowOf('ann')).toMatchObject({ currentPeriodEnd: T0 + 60 + DAY, storesSyncedAt: T0 + 60 });
  });

  it.each<[string, ClaimRequest, StorePurchase | null, ClaimsWritten['kind']]>([
    ['writes after an event also if there is nothing', byEvent, null, 'written'],
    ['writes nothing for a user who never bought anything', byReconcile, null, 'unchanged'],
    ['removes what RevenueCat says no more', byReconcile, over, 'written'],
  ])('%s', async (_, request, before, expected) => {
    const { revenuecat, syncStores, rowOf } = scene();
    if (before !== null) {
      revenuecat.has('ann', before);
      await syncStores(byEvent);
      revenuecat.has('ann');
    }
    const shown = rowOf('ann').claims.length;
    expect((await syncStores(request)).kind).toBe(expected);
    expect([shown, rowOf('ann').claims]).toEqual([before === null ? 0 : 1, []]);
  });
});

describe('A customer that RevenueCat does not know', () => {
  const refused = {
    name: 'Fault',
    details: {
      code: 'refused',
      system: 'revenuecat',
      operation: 'list subscriptions',
      reason: 'customer_not_in_project',
    },
  };

  it.each<[string, ClaimRequest, StorePurchase | null]>([
    ['of which it has just sent an event', byEvent, null],
    ['that had access by a purchase', byReconcile, purchase()],
    ['that was on a trial', byReconcile, purchase({ phase: 'trial', ends: true, billsAgain: false })],
    ['that had access which ends', byReconcile, purchase({ ends: true, billsAgain: false })],
    ['that a store may bill again', byReconcile, paused],
  ])('%s is a customer of another project', async (_, request, before) => {
    const { revenuecat, syncStores, rowOf } = scene();
    if (before !== null) {
      revenuecat.has('ann', before);
      await syncStores(byEvent);
    }
    const row = rowOf('ann');
    revenuecat.forget('ann');
    await expect(syncStores(request)).rejects.toMatchObject(refused);
    expect(rowOf('ann')).toBe(row);
  });

  it.each<[string, StorePurchase | null, ClaimsWritten['kind']]>([
    ['never bought anything', null, 'unchanged'],
    ['has only purchases that are over', over, 'written'],
  ])('may be a user who %s', async (_, before, expected) => {
    const { revenuecat, syncStores, rowOf } = scene();
    if (before !== null) {
      revenuecat.has('ann', before);
      await syncStores(byEvent);
    }
    revenuecat.forget('ann');
    expect((await syncStores(byReconcile)).kind).toBe(expected);
    expect(rowOf('ann').claims).toEqual([]);
  });

  it('may be a user whose purchase is over and lost its id by other code', async () => {
    const { world, revenuecat, syncStores, rowOf } = scene();
    revenuecat.has('ann', over);
    await syncStores(byEvent);
    const claims = withoutIds(rowOf('ann').claims);
    world.addRow('ann', { ...rowOf('ann'), claims });
    revenuecat.forget('ann');
    expect((await syncStores(byReconcile)).kind).toBe('written');
  });

  it('may be a user who has bought in Stripe', async () => {
    const { world, revenuecat, syncStores } = scene();
    const active: Partial<EntitlementRow> = { status: 'active', plan: 'price_base', stripeStatus: 'active' };
    world.addRow('ann', active);
    revenuecat.forget('ann');
    expect(await syncStores(byReconcile)).toEqual({ kind: 'unchanged' });
  });
});

describe('An event of RevenueCat', () => {
  const written = (sub: string) => ({ sub, outcome: 'written' });

  it('syncs both users of a transfer, each once, and asks for no other ids', async () => {
    const { revenuecat, apply, rowOf } = scene();
    revenuecat.has('ben', purchase());
    const applied = await apply('$RCAnonymousID:1', 'ann', 'ben', 'ann');
    expect(applied).toEqual({ users: [written('ann'), written('ben')] });
    expect(revenuecat.calls).toEqual(['read ann', 'read ben']);
    expect(rowOf('ben').history.at(-1)?.by).toBe('rc_evt_1');
  });

  it('that names only anonymous ids is about the users that RevenueCat knows under them', async () => {
    const { revenuecat, apply } = scene();
    revenuecat.aliases.set('$RCAnonymousID:1', ['$RCAnonymousID:1', 'ben', '$RCAnonymousID:2']);
    revenuecat.aliases.set('$RCAnonymousID:2', ['$RCAnonymousID:2', 'ben', 'ann']);
    const applied = await apply('$RCAnonymousID:1', '$RCAnonymousID:2');
    expect(applied).toEqual({ users: [written('ben'), written('ann')] });
    expect(revenuecat.calls.slice(0, 2)).toEqual(['aliases $RCAnonymousID:1', 'aliases $RCAnonymousID:2']);
  });

  it.each([
    ['gets the purchases', [['ann'], ['$RCAnonymousID:1']]],
    ['loses the purchases', [['$RCAnonymousID:1'], ['ann']]],
  ])('syncs both users of a transfer, of which the one who %s has only an anonymous id', async (_, sides) => {
    const { revenuecat, syncStores } = scene();
    revenuecat.aliases.set('$RCAnonymousID:1', ['$RCAnonymousID:1', 'ben']);
    const apply = createApplyStoreEvent({ stores: revenuecat.stores, syncStores });
    const applied = await apply({ id: 'e', type: 'TRANSFER', ids: sides.flat(), sides });
    expect(applied).toEqual({ users: [written('ann'), written('ben')] });
    expect(revenuecat.calls[0]).toBe('aliases $RCAnonymousID:1');
  });

  it('of a transfer between anonymous ids asks about each once', async () => {
    const { revenuecat, syncStores } = scene();
    const ids = ['$RCAnonymousID:1', '$RCAnonymousID:2'];
    for (const [index, sub] of ['ann', 'ben'].entries()) revenuecat.aliases.set(ids[index] ?? '', [sub]);
    const apply = createApplyStoreEvent({ stores: revenuecat.stores, syncStores });
    const applied = await apply({ id: 'e', type: 'TRANSFER', ids, sides: ids.map((id) => [id]) });
    expect(applied).toEqual({ users: [written('ann'), written('ben')] });
    expect(revenuecat.calls.slice(0, 3)).toEqual([...ids.map((id) => `aliases ${id}`), 'read ann']);
  });

  it('that names no one syncs no one', async () => {
    const { revenuecat, apply } = scene();
    expect(await apply()).toEqual({ users: [] });
    expect(await apply('$RCAnonymousID:1')).toEqual({ users: [] });
    expect(revenuecat.calls).toEqual(['aliases $RCAnonymousID:1']);
  });

  it('of a user without an account writes nothing', async () => {
    const { revenuecat, apply } = scene();
    revenuecat.has('cem', purchase());
    expect(await apply('cem')).toEqual({ users: [{ sub: 'cem', outcome: 'no_such_user' }] });
    expect(revenuecat.calls).toEqual([]);
  });

  it('syncs no more than ten users, and asks about no more than ten ids', async () => {
    const { revenuecat, apply } = scene();
    const numbers = [...Array(12).keys()];
    const users = numbers.map((n) => `user-${n}`);
    expect((await apply(...users)).users.map(({ sub }) => sub)).toEqual(users.slice(0, 10));
    const anonymous = numbers.map((n) => `$RCAnonymousID:${n}`);
    for (const id of anonymous) revenuecat.aliases.set(id, [id, `a-${id.at(-1)}`, `b-${id.at(-1)}`]);
    const { users: found } = await apply(...anonymous);
    expect(revenuecat.calls).toEqual(anonymous.slice(0, 10).map((id) => `aliases ${id}`));
    expect(found).toHaveLength(10);
  });

  it('is synced for the other user before the failure of one is reported', async () => {
    const { revenuecat, apply, rowOf } = scene();
    revenuecat.has('ben', purchase());
    revenuecat.failing.add('ann');
    await expect(apply('ann', 'ben')).rejects.toBe(storeOutage);
    expect(rowOf('ben').status).toBe('active');
  });

  it('reports the failure of the first user if several fail', async () => {
    const { revenuecat } = scene();
    const failures: Readonly<Record<string, Error>> = { ann: new Error('first'), ben: new Error('second') };
    const syncStores = ({ sub }: ClaimRequest) => Promise.reject<ClaimsWritten>(failures[sub]);
    const apply = createApplyStoreEvent({ stores: revenuecat.stores, syncStores });
    await expect(apply({ id: 'e', type: 'any', ids: ['ann', 'ben'] })).rejects.toBe(failures['ann']);
  });
});

describe('The id of a user', () => {
  it.each([
    ['2f1c8a34-1111-4222-8333-444455556666', true],
    ['ann', true],
    ['a.b', true],
    ['...', true],
    ['.a', true],
    ['a.', true],
    ['a..', true],
    ['x$RCAnonymousID:1', true],
    ['$RCAnonymousID:1', false],
    ['installation#adoption', false],
    ['#', false],
    ['.', false],
    ['..', false],
    ['', false],
    ['two words', false],
  ])('may be %j: %s', (id, expected) => {
    expect(isUser(id)).toBe(expected);
  });
});
