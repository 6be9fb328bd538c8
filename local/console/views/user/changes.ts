/** Which fields of a user's records changed a moment ago, so that the cards can mark them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JsonRecord, UserDetail } from '../../../control/contract.ts';

/** The names of the changed fields, by the record. A record that is new has the field `*`. */
export type Changes = ReadonlyMap<string, ReadonlySet<string>>;

const SHOWN_MS = 6_000;
const none: Changes = new Map();

/** The records of every system, each by a name of its own. */
function recordsOf({ cognito, dynamodb, stripe, revenuecat }: UserDetail): ReadonlyMap<string, JsonRecord> {
  const single: readonly (readonly [string, JsonRecord | null])[] = [
    ['user', cognito.user],
    ['profile', dynamodb.profile],
    ['row', dynamodb.row],
    ['store-customer', revenuecat.customer],
  ];
  const lists = [...stripe.customers, ...stripe.subscriptions, ...stripe.invoices, ...revenuecat.purchases];
  return new Map([
    ...single.filter((entry): entry is readonly [string, JsonRecord] => entry[1] !== null),
    ...lists.map((record) => [String(record['id']), record] as const),
  ]);
}

export function changesBetween(before: UserDetail, after: UserDetail): Changes {
  const earlier = recordsOf(before);
  const changed = new Map<string, ReadonlySet<string>>();
  for (const [name, record] of recordsOf(after)) {
    const old = earlier.get(name);
    const fields = old === undefined ? ['*'] : changedFields(old, record);
    if (fields.length > 0) changed.set(name, new Set(fields));
  }
  return changed;
}

function changedFields(old: JsonRecord, record: JsonRecord): readonly string[] {
  const names = new Set([...Object.keys(old), ...Object.keys(record)]);
  return [...names].filter((name) => JSON.stringify(old[name]) !== JSON.stringify(record[name]));
}

/** The changes of the last seconds. */
export function useChanges(detail: UserDetail): Changes {
  const before = useRef(detail);
  const [changes, setChanges] = useState<Changes>(none);
  useEffect(() => {
    const next = before.current.sub === detail.sub ? changesBetween(before.current, detail) : none;
    before.current = detail;
    if (next.size > 0) setChanges(next);
  }, [detail]);
  useEffect(() => {
    if (changes.size === 0) return undefined;
    const timer = setTimeout(() => setChanges(none), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [changes]);
  return changes;
}
