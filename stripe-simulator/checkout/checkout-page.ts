/** The hosted Checkout page with the order summary and the payment form. */

import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import { type Html, html, webUrl } from '../pages/html.ts';
import { alert, badge, page } from '../pages/layout.ts';
import {
  type AccountField,
  type AccountInput,
  accountFields,
  noAccount,
  typeChoice,
} from '../payments/account-form.ts';
import { cardFields, errorOf, invalid, testCardList } from '../payments/card-form.ts';
import { type CardField, type CardInput, filledCard, type Problems } from '../payments/card-input.ts';
import { failedAttempt } from '../payments/challenges.ts';
import type { World } from '../world/world.ts';
import { amountDueNow } from './checkout-amounts.ts';
import { type BillingAddress, needsCard } from './checkout-completion.ts';
import { buttonText, orderSummary, titleOf } from './checkout-summary.ts';

export interface CheckoutForm extends CardInput {
  readonly email: string;
  /** A bank account instead of a card. */
  readonly account?: AccountInput;
  /** The promotion code that the customer has entered. */
  readonly code?: string;
  /** The billing address. */
  readonly address?: BillingAddress | undefined;
}

export type CheckoutProblems = Problems<AccountField | CardField | 'email' | 'promotion_code'>;

export interface CheckoutView {
  readonly session: CheckoutSession;
  readonly order: CheckoutOrder;
  readonly form: CheckoutForm;
  readonly problems: CheckoutProblems;
}

/** The page before it is filled in, or after the attempt that the query names. */
export function newCheckoutPage(
  world: World,
  { session, order }: Pick<CheckoutView, 'session' | 'order'>,
  query: URLSearchParams,
): string {
  const failed = failedAttempt(world, query.get('attempt'), `/c/pay/${session.id}`);
  const purpose = failed?.challenge.purpose;
  const email = purpose?.type === 'checkout' ? (purpose.email ?? '') : '';
  const input = failed?.input ?? filledCard(world, query.get('card') ?? undefined);
  return checkoutPage(world, { session, order, form: { ...input, email }, problems: failed?.problems ?? {} });
}

export function checkoutPage(world: World, view: CheckoutView): string {
  const { session, order, form, problems } = view;
  const due = amountDueNow(world, session, order);
  const title = titleOf(session, order);
  const back = webUrl(session.cancel_url);
  const isError = Object.keys(problems).length > 0;
  return page(
    { title, kind: 'checkout', isError },
    html`<div class="columns">
<section class="panel" aria-labelledby="title">
${back === undefined ? undefined : html`<p class="small"><a href="${back}">← Back</a></p>`}
<h1 id="title">${title}</h1>
${orderSummary(world, { session, order, due })}
</section>
<form method="post" action="/c/pay/${session.id}" class="panel" aria-label="Payment">
${alert(problems.form)}
${customerFields(world, session, { form, problems })}
${addressFields(session, form)}
${codeField(session, { form, problems })}
${needsCard(session, due) ? methodFields(session, { form, problems }) : undefined}
<button type="submit" class="full" data-busy="Processing…">${buttonText(session, order, due)}</button>
${needsCard(session, due) && session.payment_method_types.includes('card') ? testCardList(world, form) : undefined}
${back === undefined ? undefined : html`<p class="small spaced"><a href="${back}">Cancel and go back</a></p>`}
</form>
</div>`,
  );
}

function methodFields(
  session: CheckoutSession,
  { form, problems }: Pick<CheckoutView, 'form' | 'problems'>,
): Html {
  const { payment_method_types: types } = session;
  const { account = noAccount } = form;
  const debits = types.filter((type) => type !== 'card');
  const offersCards = types.includes('card');
  return html`${typeChoice(types, account.type)}
${offersCards ? cardFields({ input: form, problems, required: debits.length === 0 }) : undefined}
${accountFields(debits, { input: account, problems })}`;
}

function addressFields(session: CheckoutSession, { address }: CheckoutForm): Html | undefined {
  const isTaxed = (session.automatic_tax as { enabled?: unknown } | null)?.enabled === true;
  const consent =
    session.consent_collection?.terms_of_service === 'required'
      ? html`<label><input type="checkbox" name="terms_of_service" value="yes" required> I accept the terms of service</label>`
      : undefined;
  if (!isTaxed && session.billing_address_collection !== 'required') return consent;
  const field = (name: 'country' | 'postal_code' | 'line1' | 'city', label: string) =>
    html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${address?.[name] ?? ''}">`;
  return html`${field('line1', 'Address')}
${field('postal_code', 'Postal code')}
${field('city', 'City')}
${field('country', 'Country (two letters)')}
${consent}`;
}

function codeField(
  session: CheckoutSession,
  { form, problems }: Pick<CheckoutView, 'form' | 'problems'>,
): Html | undefined {
  if (session.allow_promotion_codes !== true) return undefined;
  return html`<label for="promotion_code">Promotion code</label>
<input id="promotion_code" name="promotion_code" autocomplete="off" value="${form.code ?? ''}"${invalid('promotion_code', problems)}>
${errorOf('promotion_code', problems)}
<button type="submit" name="apply" value="yes" formnovalidate>Apply</button>`;
}

function customerFields(
  world: World,
  session: CheckoutSession,
  { form, problems }: Pick<CheckoutView, 'form' | 'problems'>,
): Html {
  const customer = session.customer === null ? undefined : world.store.customers.get(session.customer);
  const email = customer?.email ?? session.customer_email;
  if (customer !== undefined || email !== null)
    return html`<p>Email: <strong>${email ?? 'not given'}</strong></p>`;
  return html`<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" required value="${form.email}"${invalid('email', problems)}>
${errorOf('email', problems)}`;
}

/** The page of a session that can no longer be paid. */
export function closedPage(session: CheckoutSession): string {
  const complete = session.status === 'complete';
  const title = complete ? 'Checkout is complete' : 'This page has expired';
  const text = complete
    ? 'This Checkout session is complete. No further payment is due.'
    : 'This Checkout session has expired, so it cannot be paid any more. Go back and start again.';
  const target = session.ui_mode === 'hosted_page' ? session.success_url : session.return_url;
  const back = webUrl(
    complete ? (target?.replaceAll('{CHECKOUT_SESSION_ID}', session.id) ?? null) : session.cancel_url,
  );
  const isEmbedded = complete && session.ui_mode !== 'hosted_page';
  return page(
    { title },
    html`<div class="panel"${isEmbedded ? html` data-complete="${session.id}" data-url="${back ?? ''}"` : undefined}>
<h1>${title}</h1>
<p>${badge(session.status)}</p>
<p>${text}</p>
${back === undefined ? undefined : html`<p><a class="button" href="${back}">Back to the shop</a></p>`}
</div>`,
  );
}
