/** Handles the submitted Checkout form: pays, waits for the webhook endpoints and redirects the customer. */

import type { Deliveries } from '../events/deliveries.ts';
import type { Challenge, CheckoutPurpose } from '../model/challenge.ts';
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { plainPage } from '../pages/layout.ts';
import { type AccountInput, accountInputOf, noAccount, readAccount } from '../payments/account-form.ts';
import { FILL } from '../payments/card-form.ts';
import { cardInputOf, filledCard, problemsOf, readCard } from '../payments/card-input.ts';
import {
  asksForAuthentication,
  notAuthenticated,
  settleChallenge,
  startChallenge,
} from '../payments/challenges.ts';
import { createPaymentMethod } from '../payments/method-records.ts';
import { failAuthentication, requireAction } from '../payments/payment-intents.ts';
import { failSetup, failSetupIntent } from '../payments/setup-intents.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { amountDueNow } from './checkout-amounts.ts';
import {
  attemptedIntent,
  type BillingAddress,
  completeCheckout,
  isOpen,
  needsCard,
  type Payer,
  setupOf,
} from './checkout-completion.ts';
import { applyCode } from './checkout-discounts.ts';
import { type CheckoutForm, type CheckoutProblems, checkoutPage, closedPage } from './checkout-page.ts';
import { getSession } from './checkout-routes.ts';

export interface CheckoutContext {
  readonly world: World;
  readonly deliveries: Pick<Deliveries, 'answered'>;
}

interface Submission {
  readonly session: CheckoutSession;
  readonly order: CheckoutOrder;
  readonly body: string;
}

/** How long Stripe's page waits for the webhook endpoint before it redirects. */
const ENDPOINT_WAIT_MS = 10_000;

export async function payCheckout(context: CheckoutContext, submission: Submission): Promise<Answer> {
  const { world } = context;
  const { session, order, body } = submission;
  const params = new Params(decodeForm(body));
  const form: CheckoutForm = {
    ...cardInputOf(params),
    email: params.string('email')?.trim() ?? '',
    account: accountInputOf(params, session.payment_method_types),
    code: params.string('promotion_code')?.trim() ?? '',
    address: addressIn(params),
  };
  const show = (problems: CheckoutProblems) => checkoutPage(world, { session, order, form, problems });
  const number = params.string(FILL);
  if (number !== undefined) {
    const filled = { ...form, ...filledCard(world, number, form.name) };
    return htmlAnswer(200, checkoutPage(world, { session, order, form: filled, problems: {} }));
  }
  if (params.has('apply')) return htmlAnswer(200, pageWithCode(world, { session, order }, form));
  const { payer, problems } = readForm(world, submission, form);
  if (payer === undefined) return htmlAnswer(402, show(problems));
  if (payer.method !== undefined && asksForAuthentication(payer.method)) {
    return redirect(askToAuthenticate(world, { session, order, payer, method: payer.method }));
  }
  return complete(context, { session, payer, show });
}

/** Applies the code that was entered, and shows the page with its amounts. */
function pageWithCode(
  world: World,
  { session, order }: Pick<Submission, 'order' | 'session'>,
  form: CheckoutForm,
): string {
  const result = applyCode(world, { session, order }, form.code ?? '');
  if ('problem' in result)
    return checkoutPage(world, { session, order, form, problems: { promotion_code: result.problem } });
  const current = getSession(world, session.id);
  return checkoutPage(world, { session: current, order: result.order, form, problems: {} });
}

/** Continues after the customer has answered the bank. */
export async function finishCheckout(
  context: CheckoutContext,
  answered: { challenge: Challenge; purpose: CheckoutPurpose; authenticated: boolean },
): Promise<Answer> {
  const { world } = context;
  const { challenge, purpose, authenticated } = answered;
  const { email, name } = purpose;
  const session = getSession(world, purpose.session);
  const order = world.store.checkoutOrders.get(session.id);
  const method = world.store.paymentMethods.get(challenge.payment_method);
  if (!isOpen(session) || order === undefined || method === undefined)
    return htmlAnswer(200, closedPage(session));
  if (!authenticated) {
    const due = amountDueNow(world, session, order);
    if (due > 0) failAuthentication(world, attemptedIntent(world, session, { order, due }), method);
    else if (session.mode === 'setup') failSetup(world, setupOf(world, session), { method });
    else failSetupIntent(world, { customer: session.customer, method, metadata: {} });
    return redirect(settleChallenge(world, challenge, notAuthenticated));
  }
  const form = { ...filledCard(world), email: email ?? '' };
  return complete(context, {
    session,
    payer: { method, email, name },
    challenge,
    show: (problems) => checkoutPage(world, { session, order, form, problems }),
  });
}

interface Completable {
  readonly session: CheckoutSession;
  readonly payer: Payer;
  readonly challenge?: Challenge;
  readonly show: (problems: CheckoutProblems) => string;
}

async function complete(
  { world, deliveries }: CheckoutContext,
  { session, payer, challenge, show }: Completable,
): Promise<Answer> {
  try {
    const completion = completeCheckout(world, session, payer);
    if (completion.result === 'declined') {
      const { decline } = completion;
      if (challenge !== undefined) return redirect(settleChallenge(world, challenge, decline));
      return htmlAnswer(402, show(problemsOf(decline)));
    }
    if (challenge !== undefined) settleChallenge(world, challenge, 'complete');
    await deliveries.answered(completion.event.id, ENDPOINT_WAIT_MS);
    return answerAfterPayment(getSession(world, session.id));
  } catch (error) {
    if (error instanceof StripeError) return htmlAnswer(400, plainPage('The payment failed', error.message));
    throw error;
  }
}

/** A form that arrives again, as after a double click, leads to where the first one did, and pays nothing. */
export async function answerRepeat(
  { world, deliveries }: CheckoutContext,
  session: CheckoutSession,
): Promise<Answer> {
  const completion = world.store.events
    .newestFirst()
    .find(({ type, snapshot }) => type === 'checkout.session.completed' && isAbout(snapshot, session.id));
  if (completion !== undefined) await deliveries.answered(completion.id, ENDPOINT_WAIT_MS);
  return answerAfterPayment(session);
}

function isAbout(snapshot: object, id: string): boolean {
  return 'id' in snapshot && snapshot.id === id;
}

function readForm(
  world: World,
  { session, order }: Submission,
  form: CheckoutForm,
): { payer: Payer; problems?: never } | { payer?: never; problems: CheckoutProblems } {
  const requiresCard = needsCard(session, amountDueNow(world, session, order));
  const { account = noAccount } = form;
  if (requiresCard && account.type !== 'card') return readDebit(world, { session, form, account });
  const card = requiresCard ? readCard(world, form) : { details: undefined, problems: {} };
  const needsEmail = session.customer === null && session.customer_email === null;
  const problems: CheckoutProblems = {
    ...(needsEmail && !/^\S+@\S+$/.test(form.email) ? { email: 'Enter your email address.' } : {}),
    ...card.problems,
  };
  if (Object.keys(problems).length > 0) return { problems };
  const email = form.email === '' ? null : form.email;
  const name = form.name === '' ? null : form.name;
  const method =
    card.details === undefined
      ? undefined
      : createPaymentMethod(world, {
          ...card.details,
          billingDetails: { email: emailOf(world, session, email), name },
        });
  return { payer: payerOf(form, { method, email, name }) };
}

function readDebit(
  world: World,
  { session, form, account }: { session: CheckoutSession; form: CheckoutForm; account: AccountInput },
): { payer: Payer; problems?: never } | { payer?: never; problems: CheckoutProblems } {
  const email = form.email === '' ? null : form.email;
  const name = form.name === '' ? null : form.name;
  const needsEmail = session.customer === null && session.customer_email === null;
  if (needsEmail && email === null) return { problems: { email: 'Enter your email address.' } };
  const details = { email: emailOf(world, session, email), name };
  const { method, problems } = readAccount(world, account, details);
  return method === undefined ? { problems } : { payer: payerOf(form, { method, email, name }) };
}

/** An address has a country. */
function addressIn(params: Params): BillingAddress | undefined {
  const text = (name: string) => params.string(name)?.trim() ?? null;
  const country = text('country');
  if (country === null) return undefined;
  const [line1, city, postal_code, state] = [text('line1'), text('city'), text('postal_code'), text('state')];
  return { line1, city, postal_code, state, country };
}

function payerOf({ address }: CheckoutForm, payer: Payer): Payer {
  return address === undefined ? payer : { ...payer, address };
}

function emailOf(world: World, session: CheckoutSession, entered: string | null): string | null {
  const customer = session.customer === null ? undefined : world.store.customers.get(session.customer);
  return entered ?? customer?.email ?? session.customer_email;
}

/** Sends the customer to the bank. Nothing is charged before the answer. */
function askToAuthenticate(
  world: World,
  attempt: { session: CheckoutSession; order: CheckoutOrder; payer: Payer; method: PaymentMethod },
): string {
  const { session, order, payer, method } = attempt;
  const { email, name } = payer;
  const due = amountDueNow(world, session, order);
  if (due > 0 && session.mode === 'payment')
    requireAction(world, attemptedIntent(world, session, { order, due }), { method });
  return startChallenge(world, {
    purpose: { type: 'checkout', session: session.id, email, name },
    payment_method: method.id,
    amount: due > 0 ? due : null,
    currency: session.currency,
  });
}

function answerAfterPayment(session: CheckoutSession): Answer {
  const page = closedPage(session);
  // The page of an embedded session says in its frame that it is complete.
  if (session.ui_mode !== 'hosted_page') return htmlAnswer(200, page);
  const target = session.success_url?.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
  return target === undefined ? htmlAnswer(200, page) : redirect(target, page);
}
