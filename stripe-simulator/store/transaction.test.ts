/** Tests of the rollback: whatever a change did, the store is as it was before. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Table, type TableChange } from './table.ts';
import type { Indexes } from './value-index.ts';

interface Row {
  readonly id: string;
  readonly value: string;
}

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id, value: fc.constantFrom('x', 'y') }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'drop' as const), id }),
  fc.constant({ kind: 'clear' as const }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const indexes: Indexes<Row> = { value: (row) => [row.value] };

function perform(table: Table<Row>, steps: readonly Step[]): void {
  for (const one of steps) {
    if (one.kind === 'put') table.put({ id: one.id, value: one.value });
    else if (one.kind === 'clear') table.clear();
    else table[one.kind](one.id);
  }
}

/** Everything that a reader can see of a table, also what it gives to the next row. */
function seen(table: Table<Row>): object {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const byValue = ['x', 'y'].map((value) => table.where('value', value));
  return {
    rows: [...table.oldestFirst()].sort((a, b) => (table.position(a.id) ?? 0) - (table.position(b.id) ?? 0)),
    positions: ids.map((one) => table.position(one)),
    byValue,
  };
}

test('A rollback restores rows, positions and indexes, and announces nothing', () => {
  fc.assert(
    fc.property(fc.array(step), fc.array(step), (before, undone) => {
      const announced: TableChange<Row>[] = [];
      const table = new Table<Row>((change) => announced.push(change), indexes);
      perform(table, before);
      const expected = { seen: seen(table), announced: announced.length };
      table.begin();
      perform(table, undone);
      table.rollback();
      expect({ seen: seen(table), announced: announced.length }).toEqual(expected);
      const next = table.put({ id: 'new', value: 'x' });
      const positions = ['a', 'b', 'c', 'd', 'e'].map((one) => table.position(one) ?? 0);
      expect(table.position(next.id)).toBeGreaterThan(Math.max(...positions));
    }),
  );
});

test('A commit announces every change in order', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const announced: { at: string; change: TableChange<Row> }[] = [];
      const plain = new Table<Row>((change) => announced.push({ at: 'once', change }));
      perform(plain, steps);
      const committed: TableChange<Row>[] = [];
      const table = new Table<Row>((change) => committed.push(change));
      table.begin();
      perform(table, steps);
      expect(committed).toEqual([]);
      table.commit();
      expect(committed).toEqual(announced.map(({ change }) => change));
    }),
  );
});

test('A row that a rollback brings back is in its old place, and watchers hear of it', () => {
  const table = new Table<Row>(() => undefined, indexes);
  for (const one of ['a', 'b', 'c']) table.put({ id: one, value: 'x' });
  const watched: string[] = [];
  table.begin();
  table.delete('b');
  table.watch((row) => watched.push(row.id));
  table.rollback()();
  expect(table.newestFirst().map((row) => row.id)).toEqual(['c', 'b', 'a']);
  expect(watched).toEqual(['b']);
});
