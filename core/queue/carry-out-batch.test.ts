import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchMessage, carryOutBatch } from './carry-out-batch.ts';

const limits = { atOnce: 2, maxReceiveCount: 3 };

function batch(...groups: readonly (string | null)[]): BatchMessage[] {
  return groups.map((groupId, index) => ({ id: `m${index}`, groupId, receiveCount: 1 }));
}

/** Carries out a batch in which these messages fail, and says which were tried. */
async function run(messages: readonly BatchMessage[], failing: readonly string[], from = limits) {
  const tried: string[] = [];
  let running = 0;
  let most = 0;
  const again = await carryOutBatch(messages, from, async ({ id }) => {
    tried.push(id);
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return !failing.includes(id);
  });
  return { again, tried, most };
}

describe('A batch of a queue', () => {
  it('returns nothing if all of it was carried out', async () => {
    expect(await run(batch('a', 'b', 'a', null), [])).toMatchObject({ again: [] });
    expect(await run([], [])).toEqual({ again: [], tried: [], most: 0 });
  });

  it('returns the others of a group behind one that failed, without trying them', async () => {
    const { again, tried } = await run(batch('a', 'b', 'a', 'b', 'a'), ['m2']);
    expect(again).toEqual(['m2', 'm4']);
    expect(tried.toSorted()).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  it('tries messages of no group whatever else fails', async () => {
    const { again, tried } = await run(batch(null, null, null), ['m0', 'm2']);
    expect(again).toEqual(['m0', 'm2']);
    expect(tried).toHaveLength(3);
  });

  it('goes on behind one that is not delivered again, so that it takes no other into the dead-letter queue', async () => {
    const messages = batch('a', 'a', 'a').map((one, index) => ({
      ...one,
      receiveCount: index === 0 ? 3 : 2,
    }));
    expect(await run(messages, ['m0'])).toMatchObject({ again: ['m0'], tried: ['m0', 'm1', 'm2'] });
    expect(await run(messages, ['m0', 'm1'])).toMatchObject({
      again: ['m0', 'm1', 'm2'],
      tried: ['m0', 'm1'],
    });
  });

  it('works on as many groups at once as it may', async () => {
    expect((await run(batch('a', 'b', 'c', 'd'), [])).most).toBe(2);
    expect((await run(batch('a', 'a', 'a', 'a'), [])).most).toBe(1);
  });

  it('keeps the order of every group, and returns exactly what did not succeed', async () => {
    const drawn = fc.array(fc.record({ group: fc.constantFrom('a', 'b', 'c', null), fails: fc.boolean() }), {
      maxLength: 10,
    });
    const kept = fc.asyncProperty(drawn, fc.integer({ min: 1, max: 4 }), async (all, atOnce) => {
      const messages = batch(...all.map(({ group }) => group));
      const failing = messages.filter((_, index) => all[index]?.fails).map(({ id }) => id);
      const { again, tried } = await run(messages, failing, { ...limits, atOnce });
      const succeeded = tried.filter((id) => !failing.includes(id));
      expect([...again, ...succeeded].sort()).toEqual(messages.map(({ id }) => id).sort());
      for (const group of ['a', 'b', 'c']) {
        const ids = messages.filter(({ groupId }) => groupId === group).map(({ id }) => id);
        const triedOfGroup = tried.filter((id) => ids.includes(id));
        // A beginning of the group, which ends with the first failure.
        expect(triedOfGroup).toEqual(ids.slice(0, triedOfGroup.length));
        expect(triedOfGroup.slice(0, -1).some((id) => failing.includes(id))).toBe(false);
      }
    });
    await fc.assert(kept);
  });
});
