/** Small pages for a customer: the billing portal's first view, and an invoice. */
import { type Answer, htmlAnswer } from '../http/answer.ts';
import type { World } from '../world.ts';
import { plainPage } from './checkout-page.ts';
import { html, page, webAddress } from './html.ts';
import { money } from './money.ts';

export function portalPage(world: World, id: string): Answer {
  const session = world.store.portalSessions.get(id);
  if (session === undefined)
    return htmlAnswer(404, plainPage('Not found', 'There is no such portal session.'));
  const rows = world.store.subscriptions.newestFirst().filter((row) => row.customer === session.customer);
  const back = webAddress(session.return_url);
  return htmlAnswer(
    200,
    page(
      'Billing',
      html`<h1>Your subscriptions</h1>
<table>
<tr><th scope="col">Product</th><th scope="col">Status</th></tr>
${rows.map((row) => {
  const product = row.items.data[0]?.price.product ?? '';
  return html`<tr><td>${world.store.products.get(product)?.name ?? product}</td><td>${row.status}</td></tr>
`;
})}</table>
${rows.length === 0 ? html`<p class="soft">None yet.</p>` : undefined}
${back === undefined ? undefined : html`<p><a href="${back}">Go back</a></p>`}`,
    ),
  );
}

export function invoicePage(world: World, id: string): Answer {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) return htmlAnswer(404, plainPage('Not found', 'There is no such invoice.'));
  return htmlAnswer(
    200,
    page(
      `Invoice ${invoice.number ?? ''}`,
      html`<h1>Invoice ${invoice.number ?? '(draft)'}</h1>
<p class="price">${money(invoice.total, invoice.currency)}</p>
<p class="soft">${invoice.status}</p>
<ul>
${invoice.lines.data.map(
  (line) => html`<li>${line.description ?? ''}: ${money(line.amount, line.currency)}</li>
`,
)}</ul>`,
    ),
  );
}

export function homePage(world: World): Answer {
  const { customers, subscriptions, events } = world.store;
  const text = `${customers.size} customers, ${subscriptions.size} subscriptions, ${events.size} events. The API is at ${world.baseUrl()}/v1; the state at /_simulator.`;
  return htmlAnswer(200, plainPage('Stripe simulator', text));
}
