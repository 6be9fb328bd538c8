/** What the customer orders on Checkout: the lines, the trial, and what is due today and later. */

import { amountFor } from '../amounts/price-charges.ts';
import type { CheckoutOrder, CheckoutSession, OrderLine } from '../model/checkout.ts';
import { formatDay, formatInterval, formatMoney, formatPrice } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import type { World } from '../world/world.ts';
import { trialEndOf } from './checkout-amounts.ts';

export function titleOf(session: CheckoutSession, order: CheckoutOrder): string {
  const names = order.lines.map((line) => line.description).join(', ');
  if (session.mode === 'setup') return 'Save a payment method';
  return session.mode === 'subscription' ? `Subscribe to ${names}` : `Pay for ${names}`;
}

export function buttonText(session: CheckoutSession, order: CheckoutOrder, due: number): string {
  if (session.mode === 'setup') return 'Save card';
  if (session.mode === 'payment') return `Pay ${formatMoney(due, session.currency ?? 'usd')}`;
  return hasTrial(order) ? 'Start trial' : 'Subscribe';
}

export function orderSummary(
  world: World,
  { session, order, due }: { session: CheckoutSession; order: CheckoutOrder; due: number },
): Html {
  if (session.mode === 'setup') return html`<p class="soft">The card is saved for later payments.</p>`;
  const currency = session.currency ?? 'usd';
  const recurring = order.lines.filter(({ price }) => price.recurring !== null);
  return html`${headline(session, recurring)}
${session.mode === 'subscription' ? trialText(world, order, recurring) : undefined}
<div class="lines spaced">
${order.lines.map((line) => lineSummary(line))}
<div><span>Subtotal</span><span>${formatMoney(session.amount_subtotal ?? due, currency)}</span></div>
${reductions(session, currency)}<div class="total"><span>Due today</span><strong>${formatMoney(due, currency)}</strong></div>
</div>
`;
}

/** What discounts take off, and the taxes. */
function reductions({ total_details: details }: CheckoutSession, currency: string): Html | undefined {
  if (details === null) return undefined;
  const { amount_discount: discount, amount_tax: tax } = details;
  const row = (label: string, amount: number) =>
    html`<div><span>${label}</span><span>${formatMoney(amount, currency)}</span></div>
`;
  return html`${discount === 0 ? undefined : row('Discount', -discount)}${tax === 0 ? undefined : row('Tax', tax)}`;
}

function headline(session: CheckoutSession, recurring: readonly OrderLine[]): Html {
  const [first] = recurring;
  const total = recurring.reduce((sum, { price, quantity }) => sum + amountFor(price, quantity), 0);
  if (first === undefined)
    return html`<p class="price">${formatMoney(session.amount_total ?? 0, session.currency ?? 'usd')}</p>`;
  return html`<p class="price">${formatMoney(total, first.price.currency)}<small>${intervalOf(recurring)}</small></p>`;
}

/** Returns the interval of the prices, or nothing if they have different ones. */
function intervalOf(lines: readonly OrderLine[]): string {
  const intervals = new Set(lines.map(({ price }) => formatInterval(price.recurring)));
  const [only = ''] = intervals;
  return intervals.size === 1 ? only : '';
}

function trialText(world: World, order: CheckoutOrder, recurring: readonly OrderLine[]): Html | undefined {
  const end = trialEndOf(world, order);
  if (end === null) return undefined;
  const days = order.subscription.trial_period_days;
  const length =
    days === null
      ? `Free trial until ${formatDay(end)}`
      : `${days} ${days === 1 ? 'day' : 'days'} free trial`;
  const total = recurring.reduce((sum, { price, quantity }) => sum + amountFor(price, quantity), 0);
  const currency = recurring[0]?.price.currency ?? 'usd';
  return html`<p class="soft">${length}. The first payment is ${formatMoney(total, currency)} on ${formatDay(end)}.</p>`;
}

function lineSummary({ price, quantity, description }: OrderLine): Html {
  const total = formatMoney(amountFor(price, quantity), price.currency);
  const each = formatPrice(price);
  return html`<div><span>${description}${quantity > 1 ? ` × ${quantity}` : ''}${
    quantity > 1 ? html` <small class="soft">${each} each</small>` : undefined
  }</span><span>${total}<small class="soft">${formatInterval(price.recurring)}</small></span></div>
`;
}

function hasTrial({ subscription }: CheckoutOrder): boolean {
  return subscription.trial_period_days !== null || subscription.trial_end !== null;
}
