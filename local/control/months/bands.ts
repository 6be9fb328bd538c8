/** Turns moments at which a status began into bands. Pure. */
import type { MonthsTrack } from '../contract.ts';

export type Band = MonthsTrack['bands'][number];

export interface StatusChange {
  readonly atSeconds: number;
  readonly status: string;
  readonly note?: string | null;
}

/** A status lasts until the next one begins; the last one until `endSeconds`, or with an open end. */
export function bandsOf(changes: readonly StatusChange[], endSeconds: number | null = null): readonly Band[] {
  const kept = withoutRepeats([...changes].sort((a, b) => a.atSeconds - b.atSeconds));
  return kept.map(({ atSeconds, status, note = null }, index) => ({
    fromSeconds: atSeconds,
    toSeconds: kept[index + 1]?.atSeconds ?? endSeconds,
    status,
    note,
  }));
}

/** Of several statuses within one second, only the last one was there to be seen. */
function withoutRepeats(changes: readonly StatusChange[]): readonly StatusChange[] {
  const kept: StatusChange[] = [];
  for (const [index, change] of changes.entries()) {
    if (changes[index + 1]?.atSeconds === change.atSeconds) continue;
    const last = kept.at(-1);
    if (last?.status !== change.status || (last.note ?? null) !== (change.note ?? null)) kept.push(change);
  }
  return kept;
}
