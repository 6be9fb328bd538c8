/** Renders the cards of a customer in the portal, and the forms to add, choose and remove them. */

import type { PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { formatExpiry, formatMethod } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { cardFields, testCardList } from '../payments/card-form.ts';
import { type CardInput, filledCard, type Problems } from '../payments/card-input.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { button, type Portal, taskUrl } from './portal-view.ts';

export function savedCards({ world, customer }: Portal): PaymentMethod[] {
  return world.store.paymentMethods.where('customer', customer.id).reverse();
}

/** Whether a live subscription, or the customer as its default, needs the card. */
export function isNeeded({ world, customer }: Portal, { id }: PaymentMethod): boolean {
  const live = world.store.subscriptions.where('customer', customer.id).filter((row) => !isEnded(row));
  const isDefault = customer.invoice_settings.default_payment_method === id;
  return live.some(
    (row) => row.default_payment_method === id || (isDefault && row.default_payment_method === null),
  );
}

export function cardSection(portal: Portal): Html {
  const cards = savedCards(portal);
  return html`<section class="panel" aria-labelledby="cards">
<h2 id="cards">Payment methods</h2>
${cards.length === 0 ? html`<p class="soft">No card is saved.</p>` : html`<ul>${cards.map((card) => cardRow(portal, card))}</ul>`}
<p class="spaced"><a class="button plain" href="${taskUrl(portal, 'card')}">Add a card</a></p>
</section>`;
}

function cardRow(portal: Portal, method: PaymentMethod): Html {
  const { world, customer } = portal;
  const { id } = method;
  const isDefault = customer.invoice_settings.default_payment_method === id;
  const users = world.store.subscriptions
    .where('customer', customer.id)
    .filter((row) => !isEnded(row) && row.default_payment_method === id);
  const hidden = html`<input type="hidden" name="method" value="${id}">`;
  const label = formatMethod(method);
  return html`<li class="item">
<div class="row between"><span><strong>${label}</strong> ${method.card === undefined ? undefined : html`<span class="soft">expires ${formatExpiry(method.card)}</span>`}
${isDefault ? html`<span class="badge ok">Default</span>` : undefined}
${users.length === 0 ? undefined : html`<span class="badge">Pays a subscription</span>`}</span>
<span class="row">${
    isDefault
      ? undefined
      : button(portal, { task: 'default', label: `Make ${label} the default`, hidden, style: 'plain' })
  }${
    isNeeded(portal, method)
      ? undefined
      : button(portal, { task: 'remove', label: `Remove ${label}`, hidden, style: 'plain' })
  }</span></div>
</li>
`;
}

/** A card form as it was sent, or as it is filled in at first. */
export interface SentCard {
  /** The subscription that the card is for, or undefined if it becomes the default. */
  readonly subscription: Subscription | undefined;
  readonly input: CardInput;
  readonly problems: Problems;
}

export function newCard({ world, customer }: Portal, subscription: Subscription | undefined): SentCard {
  return { subscription, input: filledCard(world, undefined, customer.name ?? ''), problems: {} };
}

/** The form of a new card. For a subscription, the saved cards can be chosen, too. */
export function cardForm(portal: Portal, { subscription, input, problems }: SentCard): Html {
  const hidden =
    subscription === undefined
      ? undefined
      : html`<input type="hidden" name="subscription" value="${subscription.id}">`;
  return html`${subscription === undefined ? undefined : savedChoice(portal, subscription)}
<form method="post" action="${taskUrl(portal, 'card')}" class="panel" aria-label="New card">
${hidden}
<p class="soft">${
    subscription === undefined
      ? 'The card becomes your default. A subscription with its own card keeps that one.'
      : 'Later payments of this subscription are charged to the card.'
  }</p>
${cardFields({ input, problems })}
<button type="submit" class="full" data-busy="Saving…">Save card</button>
${testCardList(portal.world, input)}
</form>`;
}

function savedChoice(portal: Portal, subscription: Subscription): Html | undefined {
  const { customer, world } = portal;
  const current = defaultPaymentMethod(world, { customer: customer.id, subscription });
  const others = savedCards(portal).filter(({ id }) => id !== current?.id);
  if (others.length === 0) return undefined;
  return html`<section class="panel" aria-labelledby="saved">
<h2 id="saved">Saved cards</h2>
<div class="row">
${others.map((method) =>
  button(portal, {
    task: 'use',
    label: `Use ${formatMethod(method)}`,
    subscription,
    hidden: html`<input type="hidden" name="method" value="${method.id}">`,
    style: 'plain',
  }),
)}</div>
</section>`;
}
