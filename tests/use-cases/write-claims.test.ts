import { describe, expect, it } from 'vitest';
import type { Statement } from '../../core/entitlement/merge-claims.ts';
import { emptySubscriptionState } from '../../core/entitlement/row.ts';
import { type AskSource, type Said, writeClaims } from '../../core/sync/write-claims.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const END = T0 + 20 * DAY;

const statement: Statement = {
  source: 'revenuecat',
  claims: [
    {
      ...emptySubscriptionState,
      source: 'revenuecat',
      status: 'active',
      plan: 'monthly_pro',
      currentPeriodEnd: END,
      reversal: null,
      origin: {
        id: 'sub1',
        store: 'app_store',
        manageUrl: null,
        features: ['pro'],
        continues: true,
        grant: null,
      },
    },
  ],
  sold: null,
  begins: false,
};
const said: Said = { statement, asOf: T0 };

/** Ann has a profile. A source says that she has bought something. */
function scene() {
  const world = createAccountWorld();
  world.addProfile('ann');
  const asked: (number | null)[] = [];
  const waits: number[] = [];
  const services = {
    ...world.systems,
    clock: { sleep: async (ms: number) => void waits.push(ms) },
    random: () => 0.5,
  };
  const ask: AskSource = async (row) => {
    asked.push(row === undefined ? null : (row.fence.version as number));
    return said;
  };
  const request = { sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } } as const;
  return {
    world,
    /** The versions of the rows with which the source was asked. Null: without a row. */
    asked,
    waits,
    write: (source: AskSource = ask) => writeClaims(services, request, source),
    row: () => world.dynamodb.entitlements.get('ann'),
    markForDeletion: () =>
      world.systems.profiles.markForDeletion({ userId: 'ann', username: null, at: '0', requested: true }),
  };
}

const written = (attempts = 1) => ({ kind: 'written', status: 'active', attempts });

describe('What a source says', () => {
  it('is written to the row of the user, whose profile need not be read', async () => {
    const { world, asked, waits, write, row } = scene();
    world.addRow('ann', { customerIds: ['cus_1'] });
    expect(await write()).toEqual(written());
    expect(world.calls).toEqual(['read entitlement', 'write entitlement']);
    expect([asked, waits]).toEqual([[1], []]);
    expect(row()).toMatchObject({
      status: 'active',
      plan: 'monthly_pro',
      currentPeriodEnd: END,
      claims: statement.claims,
      provisional: false,
      customerIds: ['cus_1'],
      planKeys: { monthly_pro: ['pro'] },
      history: [{ at: T0, by: 'rc_evt_1', after: { status: 'active' } }],
    });
  });

  it('changes nothing else that the row knows', async () => {
    const { world, write, row } = scene();
    const known = {
      syncedAt: T0 - 1,
      storesSyncedAt: T0 - 2,
      customerIds: ['cus_1'],
      formerCustomerIds: ['cus_2'],
      featuresUnread: true,
      features: ['export'],
    };
    world.addRow('ann', known);
    await write();
    expect(row()).toMatchObject(known);
    await write(async () => ({ ...said, sync: { storesSyncedAt: T0 } }));
    expect(row()).toMatchObject({ ...known, storesSyncedAt: T0 });
    world.addRow('ann', { featuresUnread: false });
    await write();
    expect(row()).toMatchObject({ features: null });
    expect(row()).not.toHaveProperty('featuresUnread');
  });

  it('replaces what the same source said before, and nothing else', async () => {
    const { world, write, row } = scene();
    world.addRow('ann');
    await write();
    const grant = { ...statement.claims[0], source: 'grant', plan: 'gift' } as Statement['claims'][number];
    await write(async () => ({ statement: { ...statement, source: 'grant', claims: [grant] }, asOf: T0 }));
    expect(row()?.claims.map(({ source }) => source)).toEqual(['revenuecat', 'grant']);
    await write(async () => ({ statement: { ...statement, claims: [] }, asOf: T0 }));
    expect(row()?.claims.map(({ source }) => source)).toEqual(['grant']);
  });

  it.each<[string, number | null, readonly (number | null)[], number | null]>([
    ['when the source said it', T0 + 5, [T0], T0 + 5],
    ['not before the last change, which another clock timed', T0 - 5, [T0], T0],
    ['with the last change if the answer had no time', null, [T0 - 9, T0], T0],
    ['when the source said it if the last change has no time', T0 - 5, [null], T0 - 5],
    ['when the source said it if nothing changed before', T0 - 5, [], T0 - 5],
    ['without a time if nothing has one', null, [null], null],
  ])('is recorded %s', async (_, asOf, before, expected) => {
    const { world, write, row } = scene();
    const state = { ...emptySubscriptionState, reversal: null };
    const history = before.map((at) => {
      return { at, by: 'evt', before: { status: 'none', plan: null }, after: state };
    });
    world.addRow('ann', { history });
    await write(async () => ({ statement, asOf }));
    expect(row()?.history).toHaveLength(before.length + 1);
    expect(row()?.history.at(-1)?.at).toBe(expected);
  });

  it('is not asked for a second time if the row needs no change', async () => {
    const { world, write, row } = scene();
    const before = world.addRow('ann');
    expect(await write(async () => null)).toEqual({ kind: 'unchanged' });
    expect(row()).toBe(before);
    expect(world.calls).toEqual(['read entitlement']);
  });
});

describe('A row that is missing', () => {
  it('is created provisionally, and confirmed once the profile is there still', async () => {
    const { world, asked, write, row } = scene();
    world.once('after', 'create entitlement', () => {
      expect(row()).toMatchObject({ provisional: true, status: 'active' });
    });
    expect(await write()).toEqual(written());
    expect(row()).toMatchObject({
      provisional: false,
      syncedAt: null,
      storesSyncedAt: null,
      customerIds: [],
      formerCustomerIds: [],
      claims: statement.claims,
      features: null,
      history: [{ before: { status: 'none', plan: null } }],
    });
    expect(asked).toEqual([null]);
    expect(world.calls).toEqual([
      'read entitlement',
      'read profile',
      'create entitlement',
      'read profile',
      'write entitlement',
    ]);
  });

  it.each([true, false])(
    'is not created for a user without a live profile (marked: %s)',
    async (isMarked) => {
      const { world, asked, write, row, markForDeletion } = scene();
      if (isMarked) await markForDeletion();
      else world.dynamodb.profiles.delete('ann');
      expect(await write()).toEqual({ kind: 'no_such_user' });
      expect([row(), asked]).toEqual([undefined, []]);
    },
  );

  it('is removed again if the deletion of its user begins after that', async () => {
    const { world, waits, write, row, markForDeletion } = scene();
    world.once('after', 'create entitlement', markForDeletion);
    expect(await write()).toEqual({ kind: 'no_such_user' });
    expect([row(), waits]).toEqual([undefined, []]);
  });

  it('is kept if another sync has confirmed it before it is removed', async () => {
    const { world, write, row, markForDeletion } = scene();
    world.once('after', 'create entitlement', async () => {
      await markForDeletion();
      world.addRow('ann', { ...row(), provisional: false, fence: { version: 7 } });
    });
    expect(await write()).toEqual(written(2));
    expect(row()?.provisional).toBe(false);
  });

  it('is read again if another process creates it at this moment', async () => {
    const { world, asked, waits, write } = scene();
    world.once('before', 'create entitlement', () => world.addRow('ann', { fence: { version: 3 } }));
    expect(await write()).toEqual(written(2));
    expect(world.calls.slice(2)).toEqual(['create entitlement', 'read entitlement', 'write entitlement']);
    expect(asked).toEqual([null, 3]);
    expect(waits).toHaveLength(1);
  });
});

describe('A row that is provisional', () => {
  it('is confirmed if the profile is live', async () => {
    const { world, write, row } = scene();
    world.addRow('ann', { provisional: true });
    expect(await write()).toEqual(written());
    expect(row()?.provisional).toBe(false);
    expect(world.calls).toEqual(['read entitlement', 'read profile', 'write entitlement']);
  });

  it('is removed if its user is being deleted, without asking the source', async () => {
    const { world, asked, write, row, markForDeletion } = scene();
    world.addRow('ann', { provisional: true });
    await markForDeletion();
    expect(await write()).toEqual({ kind: 'no_such_user' });
    expect([row(), asked]).toEqual([undefined, []]);
  });
});

describe('A row that changes while the source is asked', () => {
  it('is read again, and the source is asked again', async () => {
    const { world, asked, waits, write, row } = scene();
    world.addRow('ann');
    world.once('before', 'write entitlement', () =>
      world.addRow('ann', { customerIds: ['cus_new'], fence: { version: 2 } }),
    );
    expect(await write()).toEqual(written(2));
    expect(asked).toEqual([1, 2]);
    expect(waits).toHaveLength(1);
    expect(row()).toMatchObject({ status: 'active', customerIds: ['cus_new'] });
  });

  it('nine times is left to a later attempt, and the waits grow', async () => {
    const { world, asked, waits, write, row } = scene();
    world.addRow('ann');
    for (let version = 2; version <= 10; version += 1) {
      world.once('before', 'write entitlement', () => world.addRow('ann', { fence: { version } }));
    }
    await expect(write()).rejects.toMatchObject({
      name: 'Fault',
      details: { code: 'contention', system: 'dynamodb', operation: 'write claims' },
    });
    expect(asked).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(waits).toHaveLength(9);
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0);
    expect(row()?.status).toBe('none');
  });
});
