/** Lists a customer's active entitlements, from every page. The summary in an event contains only the first ten. */
import { textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orForbidden, orMissing } from './call.ts';
import { readPages } from './pages.ts';

/** A product has at most 50 features, a subscription at most 20 items. */
const MAX_PAGES = 20;

export async function listFeatures(
  stripe: StripeApi,
  customerId: string,
): Promise<readonly string[] | 'unavailable'> {
  const found = await readPages({ operation: 'list features', maxPages: MAX_PAGES }, (page) => {
    const params = { customer: customerId, ...page };
    // A restricted key may lack this permission, and access must not depend on it.
    return orForbidden(orMissing('list features', stripe.entitlements.activeEntitlements.list(params)));
  });
  if (found === 'forbidden') return 'unavailable';
  // A deleted customer has no entitlements.
  if (found === 'missing') return [];
  return found.map((entry) => textAt(entry, 'lookup_key')).filter((key) => key !== null);
}
