/** The view "Data": both tables, and the cloud as a whole. */
import type { TableInfo } from '../../../control/contract.ts';
import { hrefOf, parameter } from '../../state/route.ts';
import { useControl } from '../../state/use-control.ts';
import { Notice } from '../../ui/parts.tsx';
import { Reset, Seed } from './seed.tsx';
import { Snapshots } from './snapshots.tsx';
import { Table } from './table.tsx';
import './data.css';

const lanes = ['dynamodb'] as const;

export function Data() {
  const { data, error } = useControl<{ readonly tables: readonly TableInfo[] }>('/tables', { lanes });
  const isCloud = parameter('panel') === 'cloud';
  const tables = data?.tables ?? [];
  const table = tables.find(({ name }) => name === parameter('table')) ?? tables.at(-1);
  return (
    <div class="data">
      <header class="view-head">
        <h1>Data</h1>
      </header>
      <nav class="tabs" aria-label="Data">
        {tables.map(({ name, itemCount }) => (
          <a
            key={name}
            href={hrefOf('data', { table: name })}
            aria-current={!isCloud && name === table?.name ? 'page' : undefined}
          >
            {name} <span class="numbers">{itemCount}</span>
          </a>
        ))}
        <a href={hrefOf('data', { panel: 'cloud' })} aria-current={isCloud ? 'page' : undefined}>
          Snapshots, seed and reset
        </a>
      </nav>
      {error === undefined ? null : <Notice tone="danger">{error.message}</Notice>}
      {isCloud ? (
        <div class="stack">
          <Snapshots />
          <Seed />
          <Reset />
        </div>
      ) : null}
      {!isCloud && table !== undefined ? <Table key={table.name} table={table} /> : null}
      {!isCloud && table === undefined && error === undefined ? <div class="placeholder tall" /> : null}
    </div>
  );
}
