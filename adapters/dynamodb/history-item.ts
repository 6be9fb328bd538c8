/** Converts between the row's history and its attribute, a list of maps with the names of the row's attributes. */
import type { Change } from '../../core/entitlement/row.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import { accessStateAttributes, accessStateIn, recordsAt, withoutNulls } from './claim-item.ts';

export function historyIn(item: UnknownRecord): readonly Change[] {
  return recordsAt(item, 'history').map(changeOf);
}

export function historyAttribute(history: readonly Change[]): readonly UnknownRecord[] | null {
  return history.length === 0 ? null : history.map(entryOf);
}

function changeOf(entry: UnknownRecord): Change {
  const others = recordsAt(entry, 'others').map(accessStateIn);
  return {
    at: secondsAt(entry, 'at'),
    by: textAt(entry, 'by') ?? 'unknown',
    before: { status: textAt(entry, 'status_before') ?? 'none', plan: textAt(entry, 'plan_before') },
    after: accessStateIn(entry),
    ...(others.length === 0 ? {} : { others }),
  };
}

function entryOf({ at, by, before, after, others = [] }: Change): UnknownRecord {
  return withoutNulls({
    at,
    by,
    status_before: before.status,
    plan_before: before.plan,
    ...accessStateAttributes(after),
    others: others.length === 0 ? null : others.map((state) => withoutNulls(accessStateAttributes(state))),
  });
}
