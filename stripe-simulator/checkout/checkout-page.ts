/** The hosted Checkout page with the order summary and the payment form. */

import type { CheckoutOrder, CheckoutSession, OrderLine } from '../model/checkout.ts';
import { formatCardNumber, formatInterval, formatMoney } from '../pages/format.ts';
import { type Html, html, page, webUrl } from '../pages/html.ts';
import { testCards } from '../payments/test-cards.ts';
import type { World } from '../world/world.ts';
import { amountDueNow, needsCard } from './checkout-completion.ts';

export interface CheckoutForm {
  readonly card: string;
  readonly email: string;
  readonly name: string;
}

export interface CheckoutView {
  readonly session: CheckoutSession;
  readonly order: CheckoutOrder;
  readonly form: CheckoutForm;
  readonly problem?: string;
}

const DEFAULT_CARD = '4242424242424242';

export function blankForm(card: string | undefined): CheckoutForm {
  return { card: formatCardNumber(card ?? DEFAULT_CARD), email: '', name: '' };
}

export function checkoutPage(world: World, view: CheckoutView): string {
  const { session, order, form, problem } = view;
  const due = amountDueNow(world, session, order);
  const title = titleOf(session, order);
  const cancel = webUrl(session.cancel_url);
  const alert = problem === undefined ? undefined : html`<p role="alert" id="problem">${problem}</p>`;
  return page(
    title,
    html`<h1>${title}</h1>
${summary(session, order, due)}
${alert}
<form method="post" action="/c/pay/${session.id}">
${customerFields(world, session, form)}
${needsCard(session, due) ? cardFields(session, form) : undefined}
<button type="submit">${buttonText(session, order, due)}</button>
</form>
${cancel === undefined ? undefined : html`<p><a href="${cancel}">Cancel and go back</a></p>`}`,
  );
}

function titleOf(session: CheckoutSession, order: CheckoutOrder): string {
  const names = order.lines.map((line) => line.description).join(', ');
  if (session.mode === 'setup') return 'Save a payment method';
  return session.mode === 'subscription' ? `Subscribe to ${names}` : `Pay for ${names}`;
}

function summary(session: CheckoutSession, order: CheckoutOrder, due: number): Html {
  if (session.mode === 'setup') return html`<p class="soft">The card is saved for later payments.</p>`;
  const days = order.subscription.trial_period_days;
  const trial =
    days === null ? undefined : html`<p class="soft">${days} ${days === 1 ? 'day' : 'days'} free trial</p>`;
  return html`${order.lines.map((line) => lineSummary(line))}
${trial}
<p class="soft">Due today: <strong>${formatMoney(due, session.currency ?? 'usd')}</strong></p>`;
}

function lineSummary(line: OrderLine): Html {
  const { price, quantity, description } = line;
  const total = formatMoney(price.unit_amount * quantity, price.currency);
  return html`<p class="price">${total}<small>${formatInterval(price.recurring)}</small></p>
<p>${description}${quantity > 1 ? ` × ${quantity}` : ''}</p>`;
}

function customerFields(world: World, session: CheckoutSession, form: CheckoutForm): Html {
  const customer = session.customer === null ? undefined : world.store.customers.get(session.customer);
  const email = customer?.email ?? session.customer_email;
  if (customer !== undefined || email !== null)
    return html`<p>Email: <strong>${email ?? 'not given'}</strong></p>`;
  return html`<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" required value="${form.email}">`;
}

function cardFields(session: CheckoutSession, form: CheckoutForm): Html {
  return html`<label for="card">Card number</label>
<input id="card" name="card" inputmode="numeric" autocomplete="off" required value="${form.card}" aria-describedby="card-note">
<p class="soft" id="card-note">The simulator accepts any expiry date and security code, so it does not ask for them.</p>
<label for="name">Name on the card</label>
<input id="name" name="name" autocomplete="off" value="${form.name}">
<details>
<summary>Test cards</summary>
<ul>
${testCards.map(
  ({ number, effect }) =>
    html`<li><a href="/c/pay/${session.id}?card=${number}">${formatCardNumber(number)}</a> ${effect}</li>
`,
)}</ul>
</details>`;
}

function buttonText(session: CheckoutSession, order: CheckoutOrder, due: number): string {
  if (session.mode === 'setup') return 'Save card';
  if (session.mode === 'payment') return `Pay ${formatMoney(due, session.currency ?? 'usd')}`;
  return order.subscription.trial_period_days === null ? 'Subscribe' : 'Start trial';
}

/** The page of a session that can no longer be paid. */
export function closedPage(session: CheckoutSession): string {
  const complete = session.status === 'complete';
  const title = complete ? 'Checkout is complete' : 'This page has expired';
  const text = complete
    ? 'This Checkout session is complete. No further payment is due.'
    : 'This Checkout session has expired. Go back and start again.';
  const back = webUrl(
    complete
      ? (session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) ?? null)
      : session.cancel_url,
  );
  return page(
    title,
    html`<h1>${title}</h1>
<p>${text}</p>
${back === undefined ? undefined : html`<p><a href="${back}">Back to the shop</a></p>`}`,
  );
}
