/**
 * The text of a state file: one JSON value with a row on each line and a checksum at the end. If the checksum is right, the
 * file is as it was written, so each row can stay text until something reads it.
 */
import { crc32 } from 'node:zlib';
import {
  FORMAT_VERSION,
  type KeptState,
  type KeptTable,
  type Row,
  restoreRest,
  type SavedState,
  type StatePlace,
} from './kept-state.ts';

/** How much text is made at once, so that a large state does not hold up requests while it is written. */
const PIECE_LENGTH = 64 * 1024;
const TABLES = ',"tables":{';
const ID_START = '{"id":"';
const CHECKSUM_PATTERN = /^,"checksum":"([\da-f]{8})"\}$/;
const TAIL_LENGTH = ',"checksum":"00000000"}'.length;
const NEWLINE = 10;

/** Returns the text of the state as it is now, in pieces that are made one by one. */
export function textOf(state: KeptState, place: StatePlace): Generator<string, void> {
  const head = JSON.stringify({
    version: FORMAT_VERSION,
    ...place,
    ...state.values(),
    counters: state.ids.counters(),
  });
  // Rows are replaced and never changed, so the lists show the state of this moment while the text is made.
  const lists = Object.entries(state.tables).map(
    ([name, table]) => [name, table.content?.() ?? table.oldestFirst()] as const,
  );
  return withChecksum(pieces(head, lists));
}

function* pieces(
  head: string,
  lists: readonly (readonly [string, readonly (Row | string)[]])[],
): Generator<string, void> {
  let piece = `${head.slice(0, -1)}${TABLES}`;
  for (const [index, [name, rows]] of lists.entries()) {
    piece += `${index === 0 ? '' : ','}\n${JSON.stringify(name)}:[`;
    for (const [place, row] of rows.entries()) {
      piece += `${place === 0 ? '' : ','}\n${typeof row === 'string' ? row : JSON.stringify(row)}`;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
    piece += '\n]';
  }
  yield `${piece}}`;
}

function* withChecksum(texts: Iterable<string>): Generator<string, void> {
  let checksum = 0;
  for (const text of texts) {
    checksum = crc32(text, checksum);
    yield text;
  }
  yield `,"checksum":"${checksum.toString(16).padStart(8, '0')}"}`;
}

/**
 * Restores a state whose text is as it was written, and returns what is not in a table. Returns undefined for any other
 * text: of an earlier version, or changed by someone.
 */
export function restoreText(state: KeptState, content: Buffer): Omit<SavedState, 'tables'> | undefined {
  const end = content.byteLength - TAIL_LENGTH;
  if (end < 0) return undefined;
  const [, checksum] = CHECKSUM_PATTERN.exec(content.toString('latin1', end)) ?? [];
  if (checksum === undefined || crc32(content.subarray(0, end)) !== Number.parseInt(checksum, 16))
    return undefined;
  const [headLine, start] = lineAt(content, 0);
  const head = JSON.parse(`${headLine.slice(0, -TABLES.length)}}`) as Omit<SavedState, 'tables'>;
  if (head.version !== FORMAT_VERSION) return undefined;
  restoreRest(state, head);
  for (let at = start; at < end; ) at = restoreTable(state, { content, at });
  return head;
}

interface Place {
  readonly content: Buffer;
  readonly at: number;
}

/** Restores the table that begins at a place, and returns the place after it. */
function restoreTable({ tables }: KeptState, { content, at }: Place): number {
  const [title, start] = lineAt(content, at);
  // No row contains a line break.
  const end = content.indexOf('\n]', start - 1);
  const name = JSON.parse(title.slice(0, title.lastIndexOf(':'))) as string;
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  for (let next = start; next < end; ) {
    const [line, after] = lineAt(content, next);
    if (table !== undefined) restoreRow(table, after <= end ? line.slice(0, -1) : line);
    next = after;
  }
  return lineAt(content, end + 1)[1];
}

function restoreRow(table: KeptTable, text: string): void {
  const id = text.startsWith(ID_START)
    ? text.slice(ID_START.length, text.indexOf('"', ID_START.length))
    : undefined;
  // A quoted character in an id hides where it ends.
  if (table.putText === undefined || id === undefined || id.includes('\\'))
    table.put(JSON.parse(text) as Row);
  else table.putText(id, text);
}

/** Returns the line that begins at a place, and the place after it. */
function lineAt(content: Buffer, at: number): readonly [string, number] {
  const found = content.indexOf(NEWLINE, at);
  const end = found < 0 ? content.byteLength : found;
  return [content.toString('utf8', at, end), end + 1];
}
