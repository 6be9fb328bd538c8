/** Lists a customer's active entitlements, from every page. The summary in an event contains only the first ten. */
import type { Stripe } from 'stripe';
import { Fault } from '../../core/system/fault.ts';
import { recordsIn, textAt } from '../../core/system/record.ts';
import { orForbidden, orMissing } from './call.ts';

const PAGE_SIZE = 100;
/** A product has at most 50 features, a subscription at most 20 items. */
const MAX_PAGES = 20;

export async function listFeatures(
  stripe: Stripe,
  customerId: string,
): Promise<readonly string[] | 'unavailable'> {
  const keys: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = {
      customer: customerId,
      limit: PAGE_SIZE,
      ...(after === null ? {} : { starting_after: after }),
    };
    // A restricted key may lack this permission, and access must not depend on it.
    const answer = await orForbidden(
      orMissing('list features', stripe.entitlements.activeEntitlements.list(params)),
    );
    // A deleted customer has no entitlements.
    if (answer === 'missing') return keys;
    if (answer === 'forbidden') return 'unavailable';
    const data: readonly unknown[] = Array.isArray(answer.data) ? answer.data : [];
    const entries = recordsIn(data);
    keys.push(...entries.map((entry) => textAt(entry, 'lookup_key')).filter((key) => key !== null));
    after = textAt(entries.at(-1) ?? null, 'id');
    if (!answer.has_more || after === null) return keys;
  }
  throw new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'list features' });
}
