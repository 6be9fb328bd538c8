import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { isDue } from './missing-users.ts';

const HALF_DAY = 12 * 3_600;

/** Returns the half days of a week, counted from 1970, in which the user is due. */
const turnsOf = (sub: string) =>
  Array.from({ length: 13 }, (_, turn) => turn).filter((turn) => isDue(sub, turn * HALF_DAY));

describe('The check of missing users', () => {
  it('finds profiles whose user Cognito does not know', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    world.addProfile('ben', null);
    expect(await world.find('missing_users')).toEqual({
      checked: 2,
      found: [['user_missing', 'ben', 'ben']],
      next: null,
    });
    expect(world.facts.reads).toEqual([
      ['profiles', null],
      ['missingUsers', ['ann', 'ben']],
    ]);
  });

  it('does not ask about users who are being deleted', async () => {
    const world = createCheckWorld();
    await world.markForDeletion('ann', { requested: true });
    expect(await world.find('missing_users')).toEqual({ checked: 1, found: [], next: null });
    expect(world.facts.reads.at(-1)).toEqual(['missingUsers', []]);
  });

  it('asks about a share of a larger table, on every page of it', async () => {
    const world = createCheckWorld();
    const subs = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    for (const sub of subs) world.addProfile(sub, null);
    const due = subs.filter((sub) => isDue(sub, world.nowSeconds()));
    expect(due.length).toBeLessThan(10);
    world.facts.pageSize = 20;
    const first = await world.find('missing_users');
    const last = await world.find('missing_users', '20');
    expect([first.next, last.next]).toEqual(['20', null]);
    const asked = world.facts.reads.filter(([name]) => name === 'missingUsers').map(([, of]) => of);
    const dueOf = (page: readonly string[]) => page.filter((sub) => due.includes(sub));
    expect(asked).toEqual([dueOf(subs.slice(0, 20)), dueOf(subs.slice(20))]);
    expect([...first.found, ...last.found].map(([, sub]) => sub)).toEqual(due);
  });

  it('proposes to end the account', async () => {
    const world = createCheckWorld();
    world.addProfile('ann', null);
    const ending = { kind: 'account', sub: 'ann' };
    expect(await world.repair('missing_users')).toEqual({ kind: 'end', ending });
    expect(world.calls).toEqual([]);
  });
});

describe('The turn of a user', () => {
  it('comes exactly once in thirteen half days', () => {
    fc.assert(fc.property(fc.string(), (sub) => turnsOf(sub).length === 1));
  });

  it('lasts half a day, and comes again after thirteen', () => {
    const start = 6 * HALF_DAY;
    const within = [start, start + 1, start + HALF_DAY - 1, start + 13 * HALF_DAY];
    expect(within.map((seconds) => isDue('a', seconds))).toEqual([true, true, true, true]);
    const outside = [start - 1, start + HALF_DAY, start + 12 * HALF_DAY];
    expect(outside.map((seconds) => isDue('a', seconds))).toEqual([false, false, false]);
  });

  it('spreads the users over all turns', () => {
    const subs = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    expect(new Set(subs.flatMap(turnsOf)).size).toBe(13);
  });

  it('stays the same in every version, so that an update does not skip a user', () => {
    const subs = ['', 'a', 'b', 'ab', 'ann', '11111111-2222-4333-8444-555555555555'];
    expect(subs.flatMap(turnsOf)).toEqual([0, 6, 7, 11, 4, 1]);
  });
});
