/** Edits one item as JSON. It writes as any other writer could. */
import { useState } from 'preact/hooks';
import type { ItemWrite, JsonRecord, TableInfo } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { useTask } from '../../state/use-task.ts';
import { Button, Dialog, Notice } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { type Form, isPlainItem, itemIn, textOf } from './values.ts';

export interface ItemEditorProps {
  readonly table: TableInfo;
  /** Null: a new item. */
  readonly item: JsonRecord | null;
  readonly onClose: () => void;
}

export function ItemEditor({ table, item, onClose }: ItemEditorProps) {
  const start = item ?? { [table.key]: { S: '' } };
  const [form, setForm] = useState<Form>(isPlainItem(start) ? 'plain' : 'dynamodb');
  const [text, setText] = useState(textOf(start, form));
  const [asks, setAsks] = useState(false);
  const task = useTask();
  const read = readOf(text, form, table.key);
  const path = `/tables/${encodeURIComponent(table.name)}/items`;
  const change = (method: 'PUT' | 'DELETE', body: Partial<ItemWrite>, done: string) =>
    task.run(async () => {
      await control(path, { method, body });
      say(done);
      onClose();
    });
  const switchForm = () => {
    if (read.item === null) return;
    const next = form === 'plain' ? 'dynamodb' : 'plain';
    setForm(next);
    setText(textOf(read.item, next));
  };
  return (
    <Dialog
      title={item === null ? `New item in ${table.name}` : `Item of ${table.name}`}
      onClose={onClose}
      wide
    >
      <Notice tone="warning">
        This writes past the product, as another writer would: no webhook, no check, and no history in the
        row. Reconcile finds what does not fit.
      </Notice>
      <label class="field">
        {form === 'plain' ? 'JSON' : 'DynamoDB JSON'}
        <textarea
          class="item-text"
          spellcheck={false}
          value={text}
          aria-invalid={read.error !== null}
          aria-describedby="item-problem"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <p id="item-problem" class="item-problem" role="status">
        {read.error ?? task.error?.message ?? ''}
      </p>
      <div class="row">
        <label class="row small">
          <input
            type="checkbox"
            checked={form === 'dynamodb'}
            disabled={read.item === null || (form === 'dynamodb' && !isPlainItem(read.item))}
            onChange={switchForm}
          />
          As DynamoDB JSON, with types
        </label>
        <span class="push" />
        {item === null ? null : (
          <Button
            kind="danger"
            icon="trash"
            busy={task.busy}
            onClick={() =>
              asks ? change('DELETE', { before: item }, 'The item is deleted.') : setAsks(true)
            }
          >
            {asks ? 'Delete it permanently' : 'Delete'}
          </Button>
        )}
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          busy={task.busy}
          disabled={read.item === null}
          onClick={() => {
            if (read.item !== null) change('PUT', { before: item, item: read.item }, 'The item is written.');
          }}
        >
          Write the item
        </Button>
      </div>
    </Dialog>
  );
}

type Reading =
  | { readonly item: JsonRecord; readonly error: null }
  | { readonly item: null; readonly error: string };

function readOf(text: string, form: Form, key: string): Reading {
  try {
    return { item: itemIn(text, { form, key }), error: null };
  } catch (error) {
    return { item: null, error: error instanceof Error ? error.message : String(error) };
  }
}
