/** Handles the submitted Checkout form: pays, waits for the webhook endpoints and redirects the customer. */

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

/** How long Stripe's page waits for the webhook endpoint before it redirects. */
const ENDPOINT_WAIT_MS = 10_000;

const NOT_A_TEST_CARD =
  'Your card was declined. The simulator only accepts test cards; choose one from the list below.';

export async function payCheckout(
  context: { readonly world: World; readonly deliveries: Pick<Deliveries, 'answered'> },
  submission: { session: CheckoutSession; order: CheckoutOrder; body: string },
): Promise<Answer> {
  const { world, deliveries } = context;
  const { session, order } = submission;
  const params = new Params(decodeForm(submission.body));
  const form = {
    card: params.string('card') ?? '',
    email: params.string('email') ?? '',
    name: params.string('name') ?? '',
  };
  const showProblem = (problem: string) =>
    htmlAnswer(402, checkoutPage(world, { session, order, form, problem }));
  const requiresCard = needsCard(session, amountDueNow(world, session, order));
  if (requiresCard && findTestCard(form.card) === undefined) return showProblem(NOT_A_TEST_CARD);
  if (needsEmail(session) && !/^\S+@\S+$/.test(form.email)) return showProblem('Enter your email address.');
  try {
    const completion = completeCheckout(world, session, payerOf(world, form, requiresCard));
    if (completion.result === 'declined') return showProblem(completion.decline.message);
    await deliveries.answered(completion.event.id, ENDPOINT_WAIT_MS);
    return answerAfterPayment(getSession(world, session.id));
  } catch (error) {
    if (error instanceof StripeError) return htmlAnswer(400, plainPage('The payment failed', error.message));
    throw error;
  }
}

function needsEmail(session: CheckoutSession): boolean {
  return session.customer === null && session.customer_email === null;
}

function payerOf(world: World, form: CheckoutForm, requiresCard: boolean): Payer {
  const card = requiresCard ? findTestCard(form.card) : undefined;
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
