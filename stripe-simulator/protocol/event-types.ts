/** The types of events that Stripe knows, from the types of its library. The file is generated. */
import table from './event-types.json' with { type: 'json' };

/** What a thin event refers to: an object with an id, one without, or nothing. */
export type ThinRelation = 'object' | 'singleton' | 'nothing';

const snapshotTypes: ReadonlySet<string> = new Set(table.snapshot);
const thinTypes = new Map(Object.entries(table.thin as Readonly<Record<string, ThinRelation>>));

export function isSnapshotType(type: string): boolean {
  return snapshotTypes.has(type);
}

/** Returns undefined if there is no thin event of the type. */
export function thinRelationOf(type: string): ThinRelation | undefined {
  return thinTypes.get(type);
}
