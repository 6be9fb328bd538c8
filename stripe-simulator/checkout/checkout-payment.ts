/** The Checkout form is sent: pay, tell the shop's webhook, and send the customer back. */

import type { Deliveries } from '../events/deliveries.ts';
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import { plainPage } from '../pages/html.ts';
import { createPaymentMethod } from '../payments/payment-methods.ts';
import { findTestCard } from '../payments/test-cards.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { amountDueNow, completeCheckout, needsCard, type Payer } from './checkout-completion.ts';
import { type CheckoutForm, checkoutPage, closedPage } from './checkout-page.ts';
import { getSession } from './checkout-routes.ts';

/** As long as Stripe's own page waits for the endpoint before it goes on. */
const ENDPOINT_WAIT_MS = 10_000;

const NOT_A_TEST_CARD = 'Your card was declined. Only test cards work here; choose one from the list below.';

export async function payCheckout(
  context: { readonly world: World; readonly deliveries: Pick<Deliveries, 'answered'> },
  sent: { session: CheckoutSession; order: CheckoutOrder; body: string },
): Promise<Answer> {
  const { world, deliveries } = context;
  const { session, order } = sent;
  const params = new Params(decodeForm(sent.body));
  const form = {
    card: params.string('card') ?? '',
    email: params.string('email') ?? '',
    name: params.string('name') ?? '',
  };
  const again = (problem: string) => htmlAnswer(402, checkoutPage(world, { session, order, form, problem }));
  const needed = needsCard(session, amountDueNow(world, session, order));
  if (needed && findTestCard(form.card) === undefined) return again(NOT_A_TEST_CARD);
  if (asksForEmail(session) && !/^\S+@\S+$/.test(form.email)) return again('Your e-mail address is needed.');
  try {
    const completion = completeCheckout(world, session, payerOf(world, form, needed));
    if (completion.result === 'declined') return again(completion.decline.message);
    await deliveries.answered(completion.event.id, ENDPOINT_WAIT_MS);
    return answerAfterPayment(getSession(world, session.id));
  } catch (error) {
    if (error instanceof StripeError)
      return htmlAnswer(400, plainPage('Something went wrong', error.message));
    throw error;
  }
}

function asksForEmail(session: CheckoutSession): boolean {
  return session.customer === null && session.customer_email === null;
}

function payerOf(world: World, form: CheckoutForm, needed: boolean): Payer {
  const card = needed ? findTestCard(form.card) : undefined;
  const email = form.email === '' ? null : form.email;
  const name = form.name === '' ? null : form.name;
  const method =
    card === undefined ? undefined : createPaymentMethod(world, { card, billingDetails: { email, name } });
  return { method, email, name };
}

function answerAfterPayment(session: CheckoutSession): Answer {
  const target = session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
  return target === undefined ? htmlAnswer(200, closedPage(session)) : redirect(target);
}
