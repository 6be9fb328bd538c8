/** Serves the page of the portal on which a customer adds a card, and saves the card. */
import type { Challenge, PortalPurpose } from '../model/challenge.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { html } from '../pages/html.ts';
import { FILL } from '../payments/card-form.ts';
import { cardInputOf, filledCard, problemsOf, readCard } from '../payments/card-input.ts';
import {
  asksForAuthentication,
  failedAttempt,
  notAuthenticated,
  settleChallenge,
  startChallenge,
} from '../payments/challenges.ts';
import { createPaymentMethod } from '../payments/method-records.ts';
import { createSetupIntent, failSetupIntent } from '../payments/setup-intents.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import type { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { cardForm, newCard, type SentCard } from './portal-cards.ts';
import { checkEnabled, saveCard, subscriptionOf } from './portal-tasks.ts';
import { type Portal, type PortalMessage, portalPage } from './portal-view.ts';

/** The answer to what the customer has done: the form again, the bank's page, or undefined once the card is saved. */
export type CardAnswer = Answer | undefined;

export function cardPage(portal: Portal, query: URLSearchParams, message: PortalMessage = {}): string {
  const { world, session } = portal;
  const failed = failedAttempt(world, query.get('attempt'), `/p/session/${session.id}/card`);
  const purpose = failed?.challenge.purpose;
  const id = purpose?.type === 'portal' ? purpose.subscription : query.get('subscription');
  const subscription = ownSubscription(portal, id);
  const sent = failed === undefined ? newCard(portal, subscription) : { ...failed, subscription };
  return show(portal, sent, message);
}

export function addCard(portal: Portal, form: Params): CardAnswer {
  checkEnabled(portal, 'payment_method_update');
  const { world, session } = portal;
  const subscription = form.has('subscription') ? subscriptionOf(portal, form) : undefined;
  const sent: SentCard = { subscription, input: cardInputOf(form), problems: {} };
  const number = form.string(FILL);
  if (number !== undefined) {
    return htmlAnswer(200, show(portal, { ...sent, input: filledCard(world, number, sent.input.name) }));
  }
  const { details, problems } = readCard(world, sent.input);
  if (details === undefined) return htmlAnswer(402, show(portal, { ...sent, problems }));
  const billingDetails = { ...details.billingDetails, email: portal.customer.email };
  const method = createPaymentMethod(world, { ...details, billingDetails });
  if (asksForAuthentication(method)) {
    const purpose = { type: 'portal', session: session.id, subscription: subscription?.id ?? null } as const;
    return redirect(
      startChallenge(world, { purpose, payment_method: method.id, amount: null, currency: null }),
    );
  }
  return save(portal, method, sent);
}

/** Continues after the customer has answered the bank. */
export function finishCard(
  portal: Portal,
  answered: { challenge: Challenge; purpose: PortalPurpose; authenticated: boolean },
): CardAnswer {
  const { world, customer } = portal;
  const { challenge, purpose, authenticated } = answered;
  const method = world.store.paymentMethods.get(challenge.payment_method);
  if (method === undefined) return redirect(settleChallenge(world, challenge, notAuthenticated));
  const setup = { customer: customer.id, method, metadata: {} };
  if (!authenticated) {
    failSetupIntent(world, setup);
    return redirect(settleChallenge(world, challenge, notAuthenticated));
  }
  createSetupIntent(world, setup);
  settleChallenge(world, challenge, 'complete');
  const subscription = ownSubscription(portal, purpose.subscription);
  return save(portal, method, newCard(portal, subscription));
}

function save(portal: Portal, method: PaymentMethod, sent: SentCard): CardAnswer {
  try {
    saveCard(portal, method, sent.subscription);
    return undefined;
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    const { message } = error;
    const problems = problemsOf({ code: error.details.code ?? '', message });
    return htmlAnswer(error.status, show(portal, { ...sent, problems }));
  }
}

function ownSubscription({ world, customer }: Portal, id: string | null): Subscription | undefined {
  const found = world.store.subscriptions.get(id ?? '');
  return found?.customer === customer.id ? found : undefined;
}

function show(portal: Portal, sent: SentCard, message: PortalMessage = {}): string {
  const { flow, id } = portal.session;
  return portalPage(portal, {
    title: sent.subscription === undefined ? 'Add a card' : 'Change the card of the subscription',
    message,
    isError: message.problem !== undefined || Object.keys(sent.problems).length > 0,
    content: html`${cardForm(portal, sent)}
${flow === null ? html`<p><a href="/p/session/${id}">Back to your billing</a></p>` : undefined}`,
  });
}
