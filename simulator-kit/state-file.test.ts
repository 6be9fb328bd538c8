/** Tests of the state file and its journal, as a process finds them that starts after a kill at any moment. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KeptState, Row } from './kept-state.ts';
import { StateFile, type StateFileOptions } from './state-file.ts';

interface TextRow extends Row {
  readonly value: string;
}

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-file-'));
  path = join(folder, 'state.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fail(error: Error): never {
  throw error;
}

/** One table, counters and one other value, kept in a file. */
function open(
  at: string,
  {
    minJournalBytes = 2_000,
    onFailure = fail,
  }: Partial<Pick<StateFileOptions, 'minJournalBytes' | 'onFailure'>> = {},
) {
  const rows = new Map<string, TextRow>();
  const rest = { counters: {} as Readonly<Record<string, number>>, ahead: 0 };
  const kept: KeptState = {
    tables: {
      things: {
        put: (row) => rows.set(row.id, row as TextRow),
        delete: (id) => rows.delete(id),
        clear: () => rows.clear(),
        oldestFirst: () => [...rows.values()],
      },
    },
    ids: {
      counters: () => rest.counters,
      resume: (counters) => {
        rest.counters = counters;
      },
    },
    values: () => ({ ahead: rest.ahead }),
    restoreValues: ({ ahead }) => {
      rest.ahead = Number(ahead);
    },
  };
  const file = new StateFile({ path: at, onFailure, minJournalBytes }, kept);
  file.load();
  const put = (id: string, value: string) => {
    const row: TextRow = { id, value };
    rows.set(id, row);
    file.changed('things', { kind: 'put', row });
  };
  const remove = (id: string) => {
    rows.delete(id);
    file.changed('things', { kind: 'delete', id });
  };
  const clear = () => {
    rows.clear();
    file.changed('things', { kind: 'clear' });
  };
  return {
    file,
    rest,
    put,
    remove,
    clear,
    all: () => Object.fromEntries([...rows].map(([id, row]) => [id, row.value])),
  };
}

/** Copies the files as they are at this moment, whatever is being written. */
function copyFiles(name: string): string {
  const copy = join(folder, name);
  for (const end of ['', '.journal', '.next']) {
    if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
  }
  return copy;
}

test('The journal stays shorter than its limit and the state file together, however often a record changes', async () => {
  const first = open(path);
  for (let n = 0; n < 500; n++) {
    first.put('one', String(n));
    first.file.flush();
    await first.file.replaced();
    const size = existsSync(path) ? statSync(path).size : 0;
    expect(statSync(`${path}.journal`).size).toBeLessThan(Math.max(2_000, size) + 1_000);
  }

  expect(open(path).all()).toEqual({ one: '499' });
});

test('A new state file is written in turns, and what changes between them is kept', async () => {
  const first = open(path, { minJournalBytes: 1_000_000 });
  for (let n = 0; n < 3_000; n++) first.put(`row-${n}`, 'x'.repeat(500));
  first.file.flush();
  const progress = { isReplaced: false };
  const done = first.file.replaced().then(() => {
    progress.isReplaced = true;
  });
  let turns = 0;
  for (; !progress.isReplaced; turns++) {
    first.put('between', String(turns));
    first.remove(`row-${turns}`);
    await first.file.durable();
    await nextTurn();
  }
  await done;

  expect(turns).toBeGreaterThan(1);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 3, included: expect.any(Number) });
  expect(statSync(`${path}.journal`).size).toBeLessThan(500_000);
  expect(open(copyFiles('copy.json')).all()).toEqual(first.all());
});

const operation = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    size: fc.nat(300),
  }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.constantFrom('a', 'b', 'c', 'd') }),
  fc.record({
    kind: fc.constantFrom('clear' as const, 'turn' as const, 'count' as const, 'settle' as const),
  }),
);

test('A kill at any moment loses nothing that was flushed', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
      run += 1;
      path = join(folder, `run-${run}.json`);
      const running = open(path, { minJournalBytes: 300 });
      for (const [step, change] of operations.entries()) {
        if (change.kind === 'put') running.put(change.id, `${step}-${'ä'.repeat(change.size)}`);
        else if (change.kind === 'remove') running.remove(change.id);
        else if (change.kind === 'clear') running.clear();
        else if (change.kind === 'turn') await nextTurn();
        else if (change.kind === 'settle') await running.file.replaced();
        else running.rest.ahead += 1;
        running.file.flush();
        const after = open(copyFiles(`copy-${run}-${step}.json`));
        expect(after.all()).toEqual(running.all());
        expect(after.rest.ahead).toBe(running.rest.ahead);
      }
      await running.file.close();
      expect(open(path).all()).toEqual(running.all());
    }),
    { numRuns: 25 },
  );
});

test('A process that ends between a new state file and its journal continues with what the file lacks', async () => {
  const first = open(path, { minJournalBytes: 1_000 });
  first.put('before', 'x'.repeat(1_200));
  first.file.flush();
  first.put('later', 'yes');
  first.file.flush();
  copyFileSync(`${path}.journal`, join(folder, 'old.journal'));
  await first.file.replaced();
  copyFileSync(join(folder, 'old.journal'), `${path}.journal`);

  const second = open(path);
  expect(second.all()).toEqual(first.all());
  second.put('after', 'kept');
  second.file.flush();
  expect(open(path).all()).toEqual({ ...first.all(), after: 'kept' });
});

test('Closing while a new state file is written leaves one complete file', async () => {
  const first = open(path, { minJournalBytes: 1_000 });
  for (let n = 0; n < 2_000; n++) first.put(`row-${n}`, 'x'.repeat(500));
  first.file.flush();
  first.put('last', 'here');
  await first.file.close();

  expect(readdirSync(folder)).toEqual(['state.json']);
  expect(open(path).all()).toEqual(first.all());
});

test('A draft that another process left behind is removed', () => {
  writeFileSync(`${path}.next`, '{"version":3,"tab');
  open(path);

  expect(readdirSync(folder)).toEqual(['state.json.journal']);
});

test('A new state file that cannot be written is reported once, and no change succeeds after it', async () => {
  const errors: Error[] = [];
  const first = open(path, { minJournalBytes: 1_000, onFailure: (error) => errors.push(error) });
  rmSync(folder, { recursive: true });
  first.put('large', 'x'.repeat(1_200));
  first.file.flush();
  await first.file.replaced();

  await expect(first.file.durable()).rejects.toThrow(`Cannot write ${path}`);
  expect(errors).toHaveLength(1);
});

test('A state file is read as it was written, with any text in a record', async () => {
  const first = open(path);
  for (const id of ['plain', '"quoted"', 'back\\slash', 'ä', '{"id":"', 'line\nbreak'])
    first.put(id, `${id}\n],"`);
  first.rest.ahead = 7;
  await first.file.close();

  const second = open(path);
  expect(second.all()).toEqual(first.all());
  expect(second.rest.ahead).toBe(7);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ tables: { things: { length: 6 } } });
});

test('A state file that someone has formatted or changed is read as JSON', async () => {
  const first = open(path);
  first.put('kept', 'before');
  await first.file.close();
  const state = readFileSync(path, 'utf8');

  writeFileSync(path, JSON.stringify(JSON.parse(state), null, 2));
  expect(open(path).all()).toEqual({ kept: 'before' });
  rmSync(`${path}.journal`);
  writeFileSync(path, state.replace('before', 'after'));
  expect(open(path).all()).toEqual({ kept: 'after' });
});

test('A state file in which a byte was damaged is rejected unless it is still JSON', async () => {
  const first = open(path);
  first.put('kept', 'x'.repeat(20));
  await first.file.close();
  writeFileSync(path, readFileSync(path, 'utf8').replace('"kept","', '"kept","x"'));

  expect(() => open(path)).toThrow(`${path} is not valid JSON`);
});
