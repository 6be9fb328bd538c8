/** Ends the changes of subscriptions that wait for their payment, so that no one pays for them later. */
import { textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orForbidden, orMissing } from './call.ts';
import { isVoided } from './cancellation.ts';
import { readPages } from './pages.ts';

/** A subscription has one such change. */
const MAX_PAGES = 10;

/** A key that may not do this must not keep an account from being deleted: the page of the invoice remains then. */
export async function voidPendingChanges(stripe: StripeApi, customer: string): Promise<void> {
  const operation = 'list open invoices';
  const open = await orForbidden(
    readPages({ operation, maxPages: MAX_PAGES }, (page) =>
      orMissing(operation, stripe.invoices.list({ customer, status: 'open' as const, ...page })),
    ),
  );
  if (open === 'missing' || open === 'forbidden') return;
  const ids = open
    .filter((invoice) => textAt(invoice, 'billing_reason') === 'subscription_update')
    .map((invoice) => textAt(invoice, 'id'))
    .filter((id) => id !== null);
  await Promise.all(ids.map((id) => orForbidden(isVoided(stripe, id))));
}
