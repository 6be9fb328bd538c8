/** The hosted invoice page. */

import { formatMoney } from '../pages/format.ts';
import { html, page, plainPage } from '../pages/html.ts';
import { type Answer, htmlAnswer } from '../protocol/answer.ts';
import type { World } from '../world/world.ts';

export function invoicePage(world: World, id: string): Answer {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) return htmlAnswer(404, plainPage('Not found', 'This invoice does not exist.'));
  return htmlAnswer(
    200,
    page(
      `Invoice ${invoice.number ?? ''}`,
      html`<h1>Invoice ${invoice.number ?? '(draft)'}</h1>
<p class="price">${formatMoney(invoice.total, invoice.currency)}</p>
<p class="soft">${invoice.status}</p>
<ul>
${invoice.lines.data.map(
  (line) => html`<li>${line.description ?? ''}: ${formatMoney(line.amount, line.currency)}</li>
`,
)}</ul>`,
    ),
  );
}
