/** Continues an intent after the customer has answered the bank, or has named the micro-deposits. */
import { applyToInvoice } from '../invoices/invoice-settlement.ts';
import type { Challenge, IntentPurpose } from '../model/challenge.ts';
import type { PaymentIntent, PaymentMethod, SetupIntent } from '../model/payment.ts';
import { plainPage } from '../pages/layout.ts';
import { notAuthenticated, settleChallenge } from '../payments/challenges.ts';
import { confirmIntent, failAuthentication } from '../payments/payment-intents.ts';
import { completeSetup, failSetup } from '../payments/setup-intents.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { saveMethod, unexpectedState } from './intent-confirm.ts';
import { checkSecret, getIntent } from './intent-lookup.ts';

export interface AnsweredIntent {
  readonly challenge: Challenge;
  readonly purpose: IntentPurpose;
  readonly authenticated: boolean;
}

export function finishIntent(world: World, { challenge, purpose, authenticated }: AnsweredIntent): Answer {
  const { store } = world;
  const method = store.paymentMethods.get(challenge.payment_method);
  const intent = store.paymentIntents.get(purpose.intent);
  const setup = store.setupIntents.get(purpose.intent);
  settleChallenge(world, challenge, authenticated ? 'complete' : notAuthenticated);
  if (method !== undefined && intent?.status === 'requires_action')
    answerPayment(world, intent, { method, authenticated });
  if (method !== undefined && setup?.status === 'requires_action')
    answerSetup(world, setup, { method, authenticated });
  return answerAfter(world, purpose);
}

function answerPayment(
  world: World,
  intent: PaymentIntent,
  { method, authenticated }: { method: PaymentMethod; authenticated: boolean },
): void {
  if (!authenticated) {
    const failed = failAuthentication(world, intent, method);
    applyToInvoice(world, { result: 'declined', intent: failed, decline: notAuthenticated });
    return;
  }
  if (intent.confirmation_method === 'manual') {
    // The server confirms it once more.
    const patch = { next_action: null, status: 'requires_confirmation' } as const;
    change(world, world.store.paymentIntents, { id: intent.id, patch });
    return;
  }
  const result = confirmIntent(world, intent, { method, authenticated });
  applyToInvoice(world, result);
  saveMethod(world, result, method);
}

function answerSetup(
  world: World,
  setup: SetupIntent,
  { method, authenticated }: { method: PaymentMethod; authenticated: boolean },
): void {
  if (authenticated) completeSetup(world, setup, method);
  else failSetup(world, setup, { method });
}

/** Sends the customer to the shop with what has become of the intent, or says that the window can be closed. */
export function answerAfter(world: World, { intent: id, return_url: target }: IntentPurpose): Answer {
  const intent: PaymentIntent | SetupIntent | undefined =
    world.store.paymentIntents.get(id) ?? world.store.setupIntents.get(id);
  if (target === null || intent === undefined || !URL.canParse(target))
    return htmlAnswer(200, plainPage('Done', 'The authentication is over. You can close this window.'));
  const url = new URL(target);
  url.searchParams.set(intent.object, id);
  url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret);
  const failed = intent.status === 'requires_payment_method' || intent.status === 'requires_action';
  url.searchParams.set('redirect_status', failed ? 'failed' : 'succeeded');
  return redirect(url.href);
}

/** The two deposits, and the code of the one, that Stripe's test mode accepts. */
const rightAmounts: readonly string[] = ['32', '45'];
const RIGHT_CODE = 'SM11AA';

/** Whether the request names the deposits that were sent. */
export function namesDeposits({ params }: ApiRequest): boolean {
  const amounts = params.strings('amounts');
  const code = params.string('descriptor_code');
  if (amounts === undefined && code === undefined) {
    throw invalidRequest({ message: 'You must provide either `amounts` or `descriptor_code`.' });
  }
  return code === RIGHT_CODE || (amounts ?? []).toSorted().join() === rightAmounts.join();
}

export function wrongDeposits(): Error {
  return invalidRequest({
    message:
      'The amounts or the descriptor code provided do not match those that were sent to the bank account.',
    code: 'payment_method_microdeposit_verification_amounts_mismatch',
  });
}

export function verifyOperation(world: World, request: ApiRequest): PaymentIntent {
  const intent = checkSecret(request, getIntent(world, request.id));
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (intent.status !== 'requires_action' || method?.us_bank_account === undefined) {
    throw unexpectedState(
      request,
      { world, intent },
      `This PaymentIntent has no bank account to verify: it has a status of ${intent.status}.`,
    );
  }
  if (!namesDeposits(request)) throw wrongDeposits();
  const result = confirmIntent(world, intent, { method });
  applyToInvoice(world, result);
  saveMethod(world, result, method);
  return getIntent(world, intent.id);
}
