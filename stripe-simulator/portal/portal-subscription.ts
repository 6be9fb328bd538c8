/** Renders a subscription in the portal: its plan, its next payment, and what the customer can do with it. */

import { amountFor } from '../amounts/price-charges.ts';
import { upcomingInvoice } from '../invoices/invoice-preview.ts';
import type { Price } from '../model/catalog.ts';
import type { Subscription } from '../model/subscription.ts';
import { formatDay, formatInterval, formatMethod, formatMoney, formatPrice } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { badge } from '../pages/layout.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { openInvoicesOf } from '../subscriptions/invoice-outcome.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import type { World } from '../world/world.ts';
import { button, type Portal, taskUrl } from './portal-view.ts';

/** The maximum number of plans to choose from. */
const MAX_OFFERS = 50;

export function subscriptionSection(portal: Portal, subscription: Subscription): Html {
  const { features } = portal.configuration;
  const live = !isEnded(subscription);
  const ends = live && subscription.cancel_at !== null;
  return html`<article class="item" id="${subscription.id}" aria-label="${nameOf(portal.world, subscription)}">
<p><strong>${nameOf(portal.world, subscription)}</strong> · ${badge(subscription.status)}</p>
<p class="soft">${datesOf(subscription)}</p>
${live ? paymentText(portal, subscription) : undefined}
${live && features.payment_method_update.enabled ? cardLink(portal, subscription) : undefined}
${live ? openInvoices(portal.world, subscription) : undefined}
${ends && features.subscription_cancel.enabled ? button(portal, { task: 'keep', label: 'Don’t cancel', subscription }) : undefined}
${live && features.subscription_update.enabled ? folded('Change plan', updateForm(portal, subscription)) : undefined}
${live && features.subscription_pause.enabled ? folded('Pause or resume', pauseForm(portal, subscription)) : undefined}
${live && !ends && features.subscription_cancel.enabled ? folded('Cancel subscription', cancelForm(portal, subscription)) : undefined}
</article>
`;
}

function folded(summary: string, content: Html | undefined): Html | undefined {
  return content === undefined ? undefined : html`<details><summary>${summary}</summary>${content}</details>`;
}

export function nameOf(world: World, subscription: Subscription): string {
  return subscription.items.data
    .map(({ price, quantity }) => {
      const product = world.store.products.get(price.product)?.name ?? price.product;
      return `${product}, ${formatMoney(amountFor(price, quantity ?? 0), price.currency)}${formatInterval(price.recurring)}`;
    })
    .join(' + ');
}

function datesOf(subscription: Subscription): string {
  if (subscription.ended_at !== null) return `Ended on ${formatDay(subscription.ended_at)}`;
  if (subscription.cancel_at !== null) return `Ends on ${formatDay(subscription.cancel_at)}`;
  if (subscription.status === 'paused') return 'Paused';
  if (subscription.status === 'trialing') return `Trial until ${formatDay(subscription.trial_end ?? 0)}`;
  return `Renews on ${formatDay(periodOf(subscription).end)}`;
}

/** Says what is charged next, when, and to which card. */
function paymentText({ world }: Portal, subscription: Subscription): Html | undefined {
  const { status, cancel_at: end, customer, currency, collection_method: collection } = subscription;
  const period = periodOf(subscription);
  if (status === 'paused' || status === 'incomplete' || status === 'unpaid') return undefined;
  if (end !== null && end <= period.end) return html`<p>No further payment.</p>`;
  const amount = formatMoney(upcomingInvoice(world, subscription).amount_due, currency);
  const method = defaultPaymentMethod(world, { customer, subscription });
  const how =
    collection === 'send_invoice'
      ? 'by invoice'
      : method === undefined
        ? '– no card is saved'
        : `with ${formatMethod(method)}`;
  return html`<p>Next payment: <strong>${amount}</strong> on ${formatDay(period.end)} ${how}</p>`;
}

function cardLink(portal: Portal, { id, collection_method: collection }: Subscription): Html | undefined {
  if (collection === 'send_invoice') return undefined;
  return html`<p><a href="${taskUrl(portal, 'card')}?subscription=${id}">Change the card of this subscription</a></p>`;
}

/** The invoices that keep the subscription from being paid up. */
function openInvoices(world: World, { id }: Subscription): Html | undefined {
  const rows = openInvoicesOf(world, id);
  if (rows.length === 0) return undefined;
  return html`<div class="notice warn">
${rows.map(
  (
    row,
  ) => html`<p>${formatMoney(row.amount_remaining, row.currency)} is due. <a href="/i/${row.id}">Pay invoice ${row.number ?? ''}</a></p>
`,
)}</div>`;
}

export function cancelForm(portal: Portal, subscription: Subscription): Html {
  const { mode, cancellation_reason: reason } = portal.configuration.features.subscription_cancel;
  const atOnce = mode === 'immediately';
  const effect = atOnce
    ? 'The subscription ends at once.'
    : `The subscription ends on ${formatDay(periodOf(subscription).end)}, and you can use it until then.`;
  return html`<form method="post" action="${taskUrl(portal, 'cancel')}">
<p>${effect}</p>
<input type="hidden" name="subscription" value="${subscription.id}">
${
  reason.enabled && reason.options.length > 0
    ? html`<label>Reason for canceling <select name="feedback">
<option value=""></option>
${reason.options.map((option) => html`<option value="${option}">${option.replaceAll('_', ' ')}</option>`)}
</select></label>`
    : undefined
}
<p><button type="submit" class="bad" data-busy="Canceling…">${atOnce ? 'Cancel now' : 'Cancel at the end of the period'}</button></p>
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
  // Like Stripe's portal, this one only changes subscriptions with a single item, which no schedule manages.
  const isFixed = subscription.status === 'paused' || subscription.schedule !== null;
  if (item === undefined || others.length > 0 || isFixed) return undefined;
  const prices = offeredPrices(portal, item.price.currency);
  if (prices.length === 0) return undefined;
  return html`<form method="post" action="${taskUrl(portal, 'update')}">
<input type="hidden" name="subscription" value="${subscription.id}">
<label>Plan <select name="price">
${prices.map((price) => priceOption(portal.world, price, item.price.id))}
</select></label>
<p class="soft small spaced">${prorationText(portal)}</p>
<p><button type="submit" data-busy="Changing…">Change plan</button></p>
</form>`;
}

function prorationText({ configuration }: Portal): string {
  switch (configuration.features.subscription_update.proration_behavior) {
    case 'always_invoice':
      return 'The difference for the rest of the period is charged now.';
    case 'none':
      return 'The new price applies from the next payment.';
    default:
      return 'The difference for the rest of the period is added to the next payment.';
  }
}

function priceOption(world: World, price: Price, current: string): Html {
  const product = world.store.products.get(price.product)?.name ?? price.product;
  const text = `${product}, ${formatPrice(price)}${formatInterval(price.recurring)}`;
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
