/** A record as a short list of facts, with the whole JSON one key away. */
import type { ComponentChildren } from 'preact';
import type { JsonRecord } from '../../../control/contract.ts';
import { parameter } from '../../state/route.ts';
import { shortId } from '../../ui/format.ts';
import { Json } from '../../ui/json.tsx';
import { CopyButton } from '../../ui/parts.tsx';
import type { Changes } from './changes.ts';

/** A label, what it shows, and the field of the record that it is made of. */
export type Fact = readonly [label: string, value: ComponentChildren, field: string];

export interface RecordProps {
  /** Such as `row` or `cus_…`: the name that the changes use. */
  readonly name: string;
  readonly title: ComponentChildren;
  readonly record: JsonRecord;
  readonly facts: readonly Fact[];
  readonly changes: Changes;
}

const noFields: ReadonlySet<string> = new Set();

export function Record({ name, title, record, facts, changes }: RecordProps) {
  const changed = changes.get(name) ?? noFields;
  const isNew = changed.has('*');
  return (
    <div class={isNew ? 'record changed' : 'record'}>
      <h3>{title}</h3>
      {parameter('raw') === null ? (
        <dl class="facts">
          {facts
            .filter(([, value]) => value !== null && value !== undefined && value !== '')
            .map(([label, value, field]) => (
              <>
                <dt>{label}</dt>
                <dd class={changed.has(field) ? 'changed' : undefined}>{value}</dd>
              </>
            ))}
        </dl>
      ) : (
        <Json value={record} changed={changed} label={`JSON of ${name}`} />
      )}
    </div>
  );
}

/** An id, shortened, with the whole of it to copy. */
export function Id({ id }: { readonly id: unknown }) {
  if (typeof id !== 'string' || id === '') return <span class="quiet">none</span>;
  return (
    <span class="id">
      <code title={id}>{shortId(id)}</code>
      <CopyButton text={id} label={`Copy ${id}`} />
    </span>
  );
}
