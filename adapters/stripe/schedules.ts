/** Lists the subscriptions that Stripe starts later for a customer, by schedules, from every page. */
import type { ComingSubscription } from '../../core/billing/billing.ts';
import { roleIn } from '../../core/catalogue/terms.ts';
import { recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orForbidden, orMissing } from './call.ts';
import { unknownShape } from './json.ts';
import { readPages } from './pages.ts';

/** A customer has at most 500 subscriptions that are live or start later. */
const MAX_PAGES = 10;

export async function listComing(
  stripe: StripeApi,
  customer: string,
): Promise<readonly ComingSubscription[] | 'unavailable'> {
  const found = await readPages({ operation: 'list schedules', maxPages: MAX_PAGES }, (page) => {
    const params = {
      customer,
      // Only those that have not started. A schedule that has started has a subscription, which is listed itself.
      scheduled: true,
      // A phase names its prices by id. Their metadata say what they are for.
      expand: ['data.phases.items.price'],
      ...page,
    };
    return orForbidden(orMissing('list schedules', stripe.subscriptionSchedules.list(params)));
  });
  if (found === 'forbidden') return 'unavailable';
  // A deleted customer has no schedules.
  if (found === 'missing') return [];
  return found.map(readComing);
}

function readComing(json: UnknownRecord): ComingSubscription {
  const scheduleId = textAt(json, 'id');
  if (scheduleId === null) throw unknownShape('list schedules', 'a schedule with an id');
  const items = entriesOf(json, 'phases').flatMap((phase) => entriesOf(phase, 'items'));
  // A price that is not shown, such as a deleted one, says nothing.
  return { scheduleId, items: items.map((item) => ({ role: roleIn(recordAt(item, 'price')) })) };
}

/** Phases and their items are plain arrays, not Stripe's lists. */
function entriesOf(json: UnknownRecord, name: string): readonly UnknownRecord[] {
  const entries = json[name];
  return Array.isArray(entries) ? recordsIn(entries) : [];
}
