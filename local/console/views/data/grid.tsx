/** The items of a table: a row each, a column for each attribute. */
import type { JsonRecord } from '../../../control/contract.ts';
import { cellText, type Order, plainValue } from './values.ts';

export interface GridProps {
  readonly items: readonly JsonRecord[];
  readonly columns: readonly string[];
  readonly keyName: string;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly onOpen: (item: JsonRecord) => void;
}

const MAX_TEXT = 80;

export function Grid({ items, columns, keyName, order, onOrder, onOpen }: GridProps) {
  return (
    <div class="scroller card flush grid" role="region" aria-label="Items" tabIndex={0}>
      <table class="list">
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={cellText(plainValue(item[keyName]))}>
              {columns.map((column) => (
                <Cell key={column} column={column} item={item} isKey={column === keyName} onOpen={onOpen} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps extends Pick<GridProps, 'order' | 'onOrder'> {
  readonly column: string;
}

function Head({ column, order, onOrder }: HeadProps) {
  const isOrder = order.column === column;
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={isOrder ? direction : undefined}>
      <button
        type="button"
        class="head"
        onClick={() => onOrder({ column, descending: isOrder ? !order.descending : false })}
      >
        {column}
        <span aria-hidden="true">{isOrder ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

interface CellProps extends Pick<GridProps, 'onOpen'> {
  readonly item: JsonRecord;
  readonly column: string;
  readonly isKey: boolean;
}

function Cell({ item, column, isKey, onOpen }: CellProps) {
  const text = item[column] === undefined ? '' : cellText(plainValue(item[column]));
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  if (!isKey) return <td class="mono">{shown}</td>;
  return (
    <th scope="row" class="mono">
      <button type="button" class="link" onClick={() => onOpen(item)}>
        {shown}
      </button>
    </th>
  );
}
