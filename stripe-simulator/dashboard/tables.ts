/** Renders tables of records, and links to records. */
import { type Html, html } from '../pages/html.ts';

export type Row = readonly (Html | string)[];

/** Ids of Checkout sessions are longer than a column. */
const MAX_LABEL = 40;

export function objectLink(id: string | null | undefined, label = id): Html | string {
  if (id === null || id === undefined) return '';
  const text = label ?? id;
  const shown = text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;
  return html`<a href="/dashboard/objects/${encodeURIComponent(id)}">${shown}</a>`;
}

/** Renders rows. The heading with this id names the table. */
export function table(
  kind: { readonly columns: readonly string[] },
  rows: readonly Row[],
  heading: string,
): Html {
  if (rows.length === 0) return html`<p class="soft">None.</p>`;
  return html`<div class="scroll" role="group" aria-labelledby="${heading}" tabindex="0"><table>
<thead><tr>${kind.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody></table></div>`;
}
