/** Announces how the delayed payment of a Checkout session has ended. */
import type { CheckoutSession } from '../model/checkout.ts';
import type { PaymentResult } from '../payments/payment-intents.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function finishDelayedCheckout(world: World, { intent, result }: PaymentResult): void {
  const session = sessionOf(world, intent.id);
  if (session?.status !== 'complete' || session.payment_status !== 'unpaid') return;
  if (result !== 'paid') {
    emit(world, 'checkout.session.async_payment_failed', { object: session });
    return;
  }
  const paid = change(world, world.store.checkoutSessions, {
    id: session.id,
    patch: { payment_status: 'paid' },
  });
  emit(world, 'checkout.session.async_payment_succeeded', { object: paid });
}

/** A session in `payment` mode has the intent itself. That of a subscription pays its invoice. */
function sessionOf({ store }: World, intent: string): CheckoutSession | undefined {
  const [own] = store.checkoutSessions.where('intent', intent);
  if (own !== undefined) return own;
  const invoices = store.invoicePayments.where('intent', intent).map(({ invoice }) => invoice);
  return invoices.flatMap((invoice) => store.checkoutSessions.where('invoice', invoice))[0];
}
