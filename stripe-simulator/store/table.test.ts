/** Tests of tables: the order of their rows, their indexes, and what a rollback puts back. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Table } from './table.ts';

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
}

const indexes = { owner: (row: Row) => [row.owner] };
const all = { limit: Number.POSITIVE_INFINITY, keep: () => true };

/** A list in the order of creation, in which deleted rows keep their place. */
class Model {
  places: { readonly id: string; row: Row | undefined }[] = [];

  put(row: Row): void {
    const place = this.places.find(({ id }) => id === row.id);
    if (place === undefined) this.places.push({ id: row.id, row });
    else place.row = row;
  }

  delete(id: string): void {
    const place = this.places.find((one) => one.id === id);
    if (place !== undefined) place.row = undefined;
  }

  drop(id: string): void {
    this.places = this.places.filter((one) => one.id !== id);
  }

  copy(): Model {
    const copy = new Model();
    copy.places = this.places.map((place) => ({ ...place }));
    return copy;
  }
}

function expectSame(table: Table<Row>, model: Model): void {
  const rows = model.places.flatMap(({ row }) => row ?? []);
  expect(table.size).toBe(rows.length);
  expect(table.newestBefore(Number.POSITIVE_INFINITY, all)).toEqual(rows.toReversed());
  for (const owner of ['ann', 'bob']) {
    const owned = rows.filter((row) => row.owner === owner);
    expect(table.where('owner', owner)).toEqual(owned);
    const within = { index: 'owner', value: owner };
    expect(table.newestBefore(Number.POSITIVE_INFINITY, { ...all, within })).toEqual(owned.toReversed());
  }
  for (const [place, { id }] of model.places.entries()) {
    const position = table.position(id) ?? Number.NaN;
    const before = model.places.slice(0, place).flatMap(({ row }) => row ?? []);
    const after = model.places.slice(place + 1).flatMap(({ row }) => row ?? []);
    expect(table.newestBefore(position, { ...all, limit: 2 })).toEqual(before.toReversed().slice(0, 2));
    expect(table.oldestAfter(position, { ...all, limit: 2 })).toEqual(after.slice(0, 2));
  }
}

/** Returns a table with the rows as a state file has them. */
function restarted(before: Table<Row>): Table<Row> {
  const table = new Table<Row>(() => undefined, indexes);
  for (const row of before.content()) {
    const text = typeof row === 'string' ? row : JSON.stringify(row);
    table.putText((JSON.parse(text) as Row).id, text);
  }
  return table;
}

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      id: ids,
      owner: fc.constantFrom('ann', 'bob'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'drop' as const), id: ids }) },
  fc.record({
    kind: fc.constantFrom(
      'clear' as const,
      'begin' as const,
      'commit' as const,
      'rollback' as const,
      'restart' as const,
    ),
  }),
);

test('A table shows the rows of its past, in both directions and by its indexes, whatever was changed and put back', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let table = new Table<Row>(() => undefined, indexes);
      let model = new Model();
      let begun: Model | undefined;
      for (const [version, change] of steps.entries()) {
        if (change.kind === 'put') {
          const row = { id: change.id, owner: change.owner, version };
          table.put(row);
          model.put(row);
        } else if (change.kind === 'delete' || change.kind === 'drop') {
          table[change.kind](change.id);
          model[change.kind](change.id);
        } else if (change.kind === 'clear') {
          table.clear();
          model = new Model();
        } else if (change.kind === 'restart') {
          if (begun !== undefined) continue;
          table = restarted(table);
          model.places = model.places.filter(({ row }) => row !== undefined);
          // What reads every row would hide that the changes after the restart meet rows that are still text.
          continue;
        } else if (change.kind === 'begin') {
          if (begun !== undefined) table.commit();
          table.begin();
          begun = model.copy();
        } else if (begun !== undefined) {
          table[change.kind]();
          if (change.kind === 'rollback') model = begun;
          begun = undefined;
        }
        expectSame(table, model);
      }
    }),
  );
});

test('A page of a large table looks at no more rows than it shows, and at one owner’s rows alone', () => {
  const table = new Table<Row>(() => undefined, indexes);
  for (let n = 0; n < 10_000; n++)
    table.put({ id: `row-${n}`, owner: n % 1_000 === 0 ? 'ann' : 'bob', version: n });
  let seen = 0;
  const keep = () => {
    seen += 1;
    return true;
  };

  table.newestBefore(5_000, { limit: 11, keep });
  expect(seen).toBe(11);
  table.oldestAfter(5_000, { limit: 11, keep });
  expect(seen).toBe(22);
  table.newestBefore(Number.POSITIVE_INFINITY, {
    limit: 101,
    keep,
    within: { index: 'owner', value: 'ann' },
  });
  expect(seen).toBe(32);
});

test('A table whose oldest rows are dropped again and again keeps its order', () => {
  const table = new Table<Row>(() => undefined);
  for (let n = 0; n < 20_000; n++) {
    table.put({ id: `row-${n}`, owner: 'ann', version: n });
    if (n >= 10) table.drop(`row-${n - 10}`);
  }

  expect(table.newestBefore(Number.POSITIVE_INFINITY, all).map(({ version }) => version)).toEqual(
    Array.from({ length: 10 }, (_, n) => 19_999 - n),
  );
  expect(table.position('row-19999')).toBe(20_000);
});

test('A restored table reads no row before something asks for it', () => {
  const table = new Table<Row>(() => undefined, indexes);
  table.putText('a', 'not read');
  table.putText('b', '{"id":"b","owner":"ann","version":1}');

  expect(table.get('b')).toEqual({ id: 'b', owner: 'ann', version: 1 });
  expect(table.newestBefore(Number.POSITIVE_INFINITY, { ...all, limit: 1 })).toHaveLength(1);
  expect(table.content()).toEqual(['not read', { id: 'b', owner: 'ann', version: 1 }]);
});

test('An index finds a value in its exact case, or in any case', () => {
  const table = new Table<Row>(() => undefined, indexes);
  for (const owner of ['Ann', 'ann', 'ANN', 'bob']) table.put({ id: `of-${owner}`, owner, version: 1 });

  expect(table.where('owner', 'Ann').map(({ id }) => id)).toEqual(['of-Ann']);
  const within = { index: 'owner', value: 'aNN', ignoresCase: true };
  expect(table.newestBefore(Number.POSITIVE_INFINITY, { ...all, within })).toHaveLength(3);
});
