/** Renders the home page of the portal: subscriptions, cards, details and invoices. */

import { formatDay, formatMoney } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { badge } from '../pages/layout.ts';
import { cardSection } from './portal-cards.ts';
import { subscriptionSection } from './portal-subscription.ts';
import { type Portal, type PortalMessage, portalPage, taskUrl } from './portal-view.ts';

const MAX_INVOICES = 24;

export function portalHome(portal: Portal, message: PortalMessage): string {
  const { world, customer, configuration } = portal;
  const { features, business_profile: profile } = configuration;
  const rows = world.store.subscriptions.where('customer', customer.id).reverse();
  return portalPage(portal, {
    title: profile.headline ?? 'Your billing',
    message,
    content: html`<section class="panel" aria-labelledby="subscriptions">
<h2 id="subscriptions">Subscriptions</h2>
${rows.length === 0 ? html`<p class="soft">You have no subscriptions.</p>` : rows.map((row) => subscriptionSection(portal, row))}
</section>
${features.payment_method_update.enabled ? cardSection(portal) : undefined}
${features.customer_update.enabled ? detailsSection(portal) : undefined}
${features.invoice_history.enabled ? invoiceSection(portal) : undefined}`,
  });
}

export function detailsSection(portal: Portal): Html {
  const { customer } = portal;
  const updates = portal.configuration.features.customer_update.allowed_updates;
  return html`<section class="panel" aria-labelledby="details">
<h2 id="details">Details</h2>
<form method="post" action="${taskUrl(portal, 'details')}">
${updates.includes('email') ? html`<label for="details-email">Email</label><input id="details-email" name="email" type="email" autocomplete="email" value="${customer.email ?? ''}">` : undefined}
${updates.includes('name') ? html`<label for="details-name">Name</label><input id="details-name" name="name" autocomplete="name" value="${customer.name ?? ''}">` : undefined}
<p class="spaced"><button type="submit">Save details</button></p>
</form>
</section>`;
}

function invoiceSection({ world, customer }: Portal): Html {
  const rows = world.store.invoices.where('customer', customer.id).reverse().slice(0, MAX_INVOICES);
  return html`<section class="panel" aria-labelledby="invoices">
<h2 id="invoices">Invoices</h2>
${
  rows.length === 0
    ? html`<p class="soft">You have no invoices.</p>`
    : html`<div class="scroll" role="group" aria-labelledby="invoices" tabindex="0"><table>
<thead><tr><th scope="col">Invoice</th><th scope="col">Date</th><th scope="col">Amount</th><th scope="col">Status</th></tr></thead>
<tbody>
${rows.map(
  (
    row,
  ) => html`<tr><td><a href="/i/${row.id}">${row.number ?? 'Draft'}</a></td><td>${formatDay(row.created)}</td><td>${formatMoney(row.total, row.currency)}</td><td>${badge(row.status)}</td></tr>
`,
)}</tbody></table></div>`
}
</section>`;
}
