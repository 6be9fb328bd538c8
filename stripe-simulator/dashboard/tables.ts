/** Renders tables of records, and links to records. */
import { type Html, html } from '../pages/html.ts';
import type { Kind, Row } from './kinds.ts';

/** Ids of Checkout sessions are longer than a column. */
const MAX_LABEL = 40;

export function objectLink(id: string | null | undefined, label = id): Html | string {
  if (id === null || id === undefined) return '';
  const text = label ?? id;
  const shown = text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;
  return html`<a href="/dashboard/objects/${encodeURIComponent(id)}">${shown}</a>`;
}

/** Renders rows. The heading with the id `labelledBy` names the table. */
export function table(kind: Pick<Kind, 'columns' | 'title'>, rows: readonly Row[], labelledBy: string): Html {
  if (rows.length === 0) return html`<p class="soft">None.</p>`;
  return html`<div class="scroll" role="group" aria-labelledby="${labelledBy}" tabindex="0"><table>
<thead><tr>${kind.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}
