/** Renders the billing portal: subscriptions with their forms, payment method, details and invoices. */

import type { Price } from '../model/catalog.ts';
import type { Customer } from '../model/customer.ts';
import type { PortalConfiguration, PortalSession } from '../model/portal.ts';
import type { Subscription } from '../model/subscription.ts';
import { formatCardNumber, formatInterval, formatMoney } from '../pages/format.ts';
import { alert, type Html, html, page, webUrl } from '../pages/html.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { testCards } from '../payments/test-cards.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import type { World } from '../world/world.ts';

export interface Portal {
  readonly world: World;
  readonly session: PortalSession;
  readonly configuration: PortalConfiguration;
  readonly customer: Customer;
}

/** The maximum number of rows and options on a page. */
const MAX_INVOICES = 24;
const MAX_OFFERS = 50;

export function portalHome(portal: Portal, problem?: string): string {
  const { world, session, customer, configuration } = portal;
  const back = webUrl(session.return_url);
  const rows = world.store.subscriptions.where('customer', customer.id).reverse();
  const {
    payment_method_update: card,
    customer_update: details,
    invoice_history: history,
  } = configuration.features;
  return page(
    'Billing',
    html`<h1>${configuration.business_profile.headline ?? 'Your billing'}</h1>
${alert(problem)}
<h2>Subscriptions</h2>
${rows.length === 0 ? html`<p class="soft">You have no subscriptions.</p>` : rows.map((row) => subscriptionSection(portal, row))}
${card.enabled ? cardSection(portal) : undefined}
${details.enabled ? detailsSection(portal) : undefined}
${history.enabled ? invoiceSection(portal) : undefined}
${back === undefined ? undefined : html`<p><a href="${back}">Go back</a></p>`}`,
  );
}

/** Renders the page of a single task, for sessions with `flow_data`. */
export function portalTask(portal: Portal, title: string, content: Html): string {
  const back = webUrl(portal.session.return_url);
  return page(
    title,
    html`<h1>${title}</h1>
${content}
${back === undefined ? undefined : html`<p><a href="${back}">Go back</a></p>`}`,
  );
}

function subscriptionSection(portal: Portal, subscription: Subscription): Html {
  const { features } = portal.configuration;
  const live = !isEnded(subscription);
  const ends = live && subscription.cancel_at !== null;
  return html`<section id="${subscription.id}">
<p><strong>${nameOf(portal.world, subscription)}</strong> · ${subscription.status}</p>
<p class="soft">${datesOf(subscription)}</p>
${live && features.subscription_update.enabled ? updateForm(portal, subscription) : undefined}
${ends ? button(portal, { task: 'keep', label: 'Don’t cancel', subscription }) : undefined}
${live && !ends && features.subscription_cancel.enabled ? cancelForm(portal, subscription) : undefined}
${live && features.subscription_pause.enabled ? pauseForm(portal, subscription) : undefined}
</section>
`;
}

function nameOf(world: World, subscription: Subscription): string {
  return subscription.items.data
    .map(({ price, quantity }) => {
      const product = world.store.products.get(price.product)?.name ?? price.product;
      return `${product}, ${formatMoney(price.unit_amount * quantity, price.currency)}${formatInterval(price.recurring)}`;
    })
    .join(' + ');
}

function datesOf(subscription: Subscription): string {
  if (subscription.ended_at !== null) return `Ended on ${formatDay(subscription.ended_at)}`;
  if (subscription.cancel_at !== null) return `Ends on ${formatDay(subscription.cancel_at)}`;
  if (subscription.status === 'paused') return 'Paused';
  if (subscription.status === 'trialing') return `Trial until ${formatDay(subscription.trial_end ?? 0)}`;
  return `Renews on ${formatDay(subscription.items.data[0]?.current_period_end ?? 0)}`;
}

function formatDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

interface Button {
  readonly task: string;
  readonly label: string;
  readonly subscription: Subscription;
  readonly hidden?: Html;
}

export function button(portal: Portal, { task, label, subscription, hidden }: Button): Html {
  return html`<form method="post" action="${taskUrl(portal, task)}">
<input type="hidden" name="subscription" value="${subscription.id}">${hidden}
<button type="submit">${label}</button>
</form>`;
}

export function cancelForm(portal: Portal, subscription: Subscription): Html {
  const { mode, cancellation_reason: reason } = portal.configuration.features.subscription_cancel;
  return html`<form method="post" action="${taskUrl(portal, 'cancel')}">
<input type="hidden" name="subscription" value="${subscription.id}">
${
  reason.enabled && reason.options.length > 0
    ? html`<label>Reason for canceling <select name="feedback">
<option value=""></option>
${reason.options.map((option) => html`<option value="${option}">${option.replaceAll('_', ' ')}</option>`)}
</select></label>`
    : undefined
}
<button type="submit">${mode === 'immediately' ? 'Cancel now' : 'Cancel at the end of the period'}</button>
</form>`;
}

export function pauseForm(portal: Portal, subscription: Subscription): Html | undefined {
  if (subscription.status === 'paused')
    return button(portal, { task: 'unpause', label: 'Resume', subscription });
  if (subscription.billing_mode.type !== 'flexible') return undefined;
  return button(portal, { task: 'pause', label: 'Pause', subscription });
}

export function updateForm(portal: Portal, subscription: Subscription): Html | undefined {
  const [item, ...others] = subscription.items.data;
  // Like Stripe's portal, this one only changes subscriptions with a single item.
  if (item === undefined || others.length > 0 || subscription.status === 'paused') return undefined;
  const prices = offeredPrices(portal, item.price.currency);
  if (prices.length === 0) return undefined;
  return html`<form method="post" action="${taskUrl(portal, 'update')}">
<input type="hidden" name="subscription" value="${subscription.id}">
<label>Plan <select name="price">
${prices.map((price) => priceOption(portal.world, price, item.price.id))}
</select></label>
<button type="submit">Change plan</button>
</form>`;
}

function priceOption(world: World, price: Price, current: string): Html {
  const product = world.store.products.get(price.product)?.name ?? price.product;
  const text = `${product}, ${formatMoney(price.unit_amount, price.currency)}${formatInterval(price.recurring)}`;
  if (price.id === current) return html`<option value="${price.id}" selected>${text} (current)</option>`;
  return html`<option value="${price.id}">${text}</option>`;
}

/** Returns the prices that the customer can change to. */
export function offeredPrices({ world, configuration }: Portal, currency: string): Price[] {
  const { products } = configuration.features.subscription_update;
  const chosen = products?.flatMap(({ prices }) => prices);
  return world.store.prices
    .oldestFirst()
    .filter((price) => price.active && price.recurring !== null && price.currency === currency)
    .filter((price) => chosen === undefined || chosen.includes(price.id))
    .slice(0, MAX_OFFERS);
}

export function cardSection(portal: Portal): Html {
  const { world, customer } = portal;
  const method = defaultPaymentMethod(world, { customer: customer.id });
  return html`<h2>Payment method</h2>
<p>${method === undefined ? 'None' : `${method.card.brand} ending in ${method.card.last4}`}</p>
<form method="post" action="${taskUrl(portal, 'card')}">
<label>New card <input name="card" inputmode="numeric" autocomplete="off" required list="cards"></label>
<datalist id="cards">${testCards.map(({ number, effect }) => html`<option value="${formatCardNumber(number)}">${effect}</option>`)}</datalist>
<button type="submit">Save card</button>
</form>`;
}

export function detailsSection(portal: Portal): Html {
  const { customer } = portal;
  return html`<h2>Details</h2>
<form method="post" action="${taskUrl(portal, 'details')}">
<label>Email <input name="email" type="email" value="${customer.email ?? ''}"></label>
<label>Name <input name="name" value="${customer.name ?? ''}"></label>
<button type="submit">Save details</button>
</form>`;
}

function invoiceSection({ world, customer }: Portal): Html {
  const rows = world.store.invoices.where('customer', customer.id).reverse().slice(0, MAX_INVOICES);
  return html`<h2>Invoices</h2>
<table>
${rows.map(
  (
    row,
  ) => html`<tr><td><a href="/i/${row.id}">${row.number ?? 'Draft'}</a></td><td>${formatDay(row.created)}</td><td>${formatMoney(row.total, row.currency)}</td><td>${row.status}</td></tr>
`,
)}</table>`;
}

function taskUrl({ session }: Portal, task: string): string {
  return `/p/session/${session.id}/${task}`;
}
