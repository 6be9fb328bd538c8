/** Renders tables of records, and links to records. */
import { type Html, html } from '../pages/html.ts';
import type { Kind, Row } from './kinds.ts';

export function objectLink(id: string | null | undefined, label = id): Html | string {
  return id === null || id === undefined
    ? ''
    : html`<a href="/dashboard/objects/${encodeURIComponent(id)}">${label ?? id}</a>`;
}

/** Renders rows. The heading with the id `labelledBy` names the table. */
export function table(kind: Pick<Kind, 'columns' | 'title'>, rows: readonly Row[], labelledBy: string): Html {
  if (rows.length === 0) return html`<p class="soft">None.</p>`;
  return html`<div class="scroll" role="region" aria-labelledby="${labelledBy}" tabindex="0"><table>
<thead><tr>${kind.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}
