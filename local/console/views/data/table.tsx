/** One table: its items, filtered, sorted and edited. */
import { useEffect, useState } from 'preact/hooks';
import {
  CONTROL_PREFIX,
  type JsonRecord,
  type TableInfo,
  type TablePage,
} from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { parameter, setParameters } from '../../state/route.ts';
import { useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { Button, Empty, Notice } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { FileButton } from './file-button.tsx';
import { sendFile } from './files.ts';
import { Grid } from './grid.tsx';
import { ItemEditor } from './item-editor.tsx';
import { columnsOf, ordered, plainValue } from './values.ts';

const lanes = ['dynamodb'] as const;
const COLUMNS_SHOWN = 8;

export function Table({ table }: { readonly table: TableInfo }) {
  const filter = parameter('filter') ?? '';
  const { page, items, error, more } = useItems(table, filter);
  const [adds, setAdds] = useState(false);
  const order = { column: parameter('sort') ?? table.key, descending: parameter('descending') !== null };
  const columns = columnsOf(items, table.key);
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const shown = chosen ?? columns.slice(0, COLUMNS_SHOWN);
  const opened = items.find((item) => plainValue(item[table.key]) === parameter('item'));
  return (
    <div class="stack tight">
      <Tools table={table} filter={filter} onAdd={() => setAdds(true)} />
      {error === undefined ? null : <Notice tone="danger">{error.message}</Notice>}
      <Columns all={columns} shown={shown} keyName={table.key} onChange={setChosen} />
      {page !== undefined && items.length === 0 ? (
        <Empty title={filter === '' ? 'The table is empty' : 'No item holds this text'} />
      ) : null}
      {items.length === 0 ? null : (
        <Grid
          items={ordered(items, order)}
          columns={columns.filter((column) => column === table.key || shown.includes(column))}
          keyName={table.key}
          order={order}
          onOrder={({ column, descending }) =>
            setParameters({ sort: column, descending: descending ? '1' : null })
          }
          onOpen={(item) => setParameters({ item: String(plainValue(item[table.key])) })}
        />
      )}
      <p class="quiet small numbers">
        {items.length} of {page?.table.itemCount ?? table.itemCount} items
      </p>
      {more === undefined ? null : <Button onClick={more}>Show more</Button>}
      {adds ? <ItemEditor table={table} item={null} onClose={() => setAdds(false)} /> : null}
      {opened === undefined ? null : (
        <KeptEditor
          key={parameter('item')}
          table={table}
          item={opened}
          onClose={() => setParameters({ item: null })}
        />
      )}
    </div>
  );
}

/** The editor keeps the item as it was when it was opened, so that a change since then is noticed. */
function KeptEditor({
  table,
  item,
  onClose,
}: {
  readonly table: TableInfo;
  readonly item: JsonRecord;
  readonly onClose: () => void;
}) {
  const [kept] = useState(item);
  return <ItemEditor table={table} item={kept} onClose={onClose} />;
}

/** The first page is kept current. Further ones are added on request. */
function useItems(table: TableInfo, filter: string) {
  const path = `/tables/${encodeURIComponent(table.name)}?filter=${encodeURIComponent(filter)}`;
  const { data: page, error } = useControl<TablePage>(path, { lanes });
  const [further, setFurther] = useState<readonly TablePage[]>([]);
  useEffect(() => setFurther([]), [page]);
  const task = useTask();
  const cursor = (further.at(-1) ?? page)?.cursor ?? null;
  const items: readonly JsonRecord[] = [page, ...further].flatMap((one) => one?.items ?? []);
  const read = async () => {
    const next = await control<TablePage>(`${path}&cursor=${cursor}`);
    setFurther((before) => [...before, next]);
  };
  return { page, items, error, more: cursor === null ? undefined : () => task.run(read) };
}

interface ToolsProps {
  readonly table: TableInfo;
  readonly filter: string;
  readonly onAdd: () => void;
}

function Tools({ table, filter, onAdd }: ToolsProps) {
  const task = useTask();
  const file = `/tables/${encodeURIComponent(table.name)}/file`;
  const take = (chosen: File) =>
    task.run(async () => {
      const { written } = await sendFile<{ readonly written: number }>(file, 'POST', chosen);
      say(`${written} ${written === 1 ? 'item is' : 'items are'} written.`);
    });
  return (
    <div class="row">
      <input
        type="search"
        class="grow"
        aria-label="Filter the items"
        placeholder="Any text of an item"
        value={filter}
        onInput={({ currentTarget: { value } }) => setParameters({ filter: value === '' ? null : value })}
      />
      <Button icon="plus" onClick={onAdd}>
        Add
      </Button>
      <a
        class="button plain"
        download={`${table.name}.json`}
        href={`${CONTROL_PREFIX}${file}?filter=${encodeURIComponent(filter)}`}
      >
        Export
      </a>
      <FileButton accept=".json,application/json" busy={task.busy} label="File to import" onFile={take}>
        Import
      </FileButton>
    </div>
  );
}

interface ColumnsProps {
  readonly all: readonly string[];
  readonly shown: readonly string[];
  readonly keyName: string;
  readonly onChange: (shown: readonly string[]) => void;
}

function Columns({ all, shown, keyName, onChange }: ColumnsProps) {
  const others = all.filter((column) => column !== keyName);
  if (others.length === 0) return null;
  const toggle = (column: string) =>
    onChange(shown.includes(column) ? shown.filter((one) => one !== column) : [...shown, column]);
  return (
    <details class="columns">
      <summary>
        Columns: {others.filter((column) => shown.includes(column)).length} of {others.length}
      </summary>
      <div class="row">
        {others.map((column) => (
          <label key={column} class="row small">
            <input type="checkbox" checked={shown.includes(column)} onChange={() => toggle(column)} />
            {column}
          </label>
        ))}
      </div>
    </details>
  );
}
