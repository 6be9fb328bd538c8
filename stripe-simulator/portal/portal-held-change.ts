/** Leads a customer whose payment for a change of the plan is not complete to what is missing. */
import { openIntentOf } from '../invoices/invoice-payment.ts';
import type { PaymentIntent } from '../model/payment.ts';
import { startChallenge } from '../payments/challenges.ts';
import { type Answer, redirect } from '../protocol/answer.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { Portal } from './portal-view.ts';

/** Returns the bank's question, or nothing if the change is made. A declined payment is the problem of the page. */
export function answerHeldChange({ world, session }: Portal, subscription: string): Answer | undefined {
  const held = world.store.subscriptions.get(subscription)?.pending_update ?? null;
  const invoice = held === null ? undefined : heldInvoice(world, subscription);
  if (invoice === undefined) return undefined;
  const intent = openIntentOf(world, invoice);
  if (intent.status !== 'requires_action') {
    const reason = intent.last_payment_error?.message ?? 'The payment failed.';
    throw invalidRequest({ message: `${reason} Your plan changes once the invoice is paid.` });
  }
  return redirect(challengeFor(world, intent, `${world.baseUrl()}/p/session/${session.id}?done=update`));
}

function heldInvoice({ store }: Portal['world'], subscription: string) {
  return store.invoices
    .where('subscription', subscription)
    .findLast(({ id, status }) => status === 'open' && store.pendingUpdates.get(id) !== undefined);
}

function challengeFor(world: Portal['world'], intent: PaymentIntent, returnUrl: string): string {
  const { id, amount, currency, payment_method: method } = intent;
  const purpose = { type: 'intent', intent: id, return_url: returnUrl } as const;
  return startChallenge(world, { purpose, payment_method: method ?? '', amount, currency });
}
