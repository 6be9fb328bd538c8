/** Lists the subscriptions that Stripe starts later for a customer, by schedules, from every page. */
import type { Stripe } from 'stripe';
import type { ComingSubscription } from '../../core/billing/billing.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { orForbidden, orMissing } from './call.ts';
import { roleIn } from './read-subscription.ts';

const PAGE_SIZE = 100;
/** A customer has at most 500 subscriptions that are live or start later. */
const MAX_PAGES = 10;

export async function listComing(
  stripe: Stripe,
  customer: string,
): Promise<readonly ComingSubscription[] | 'unavailable'> {
  const coming: ComingSubscription[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const after = coming.at(-1)?.scheduleId;
    const params = {
      customer,
      // Only those that have not started. A schedule that has started has a subscription, which is listed itself.
      scheduled: true,
      // A phase names its prices by id. Their metadata say what they are for.
      expand: ['data.phases.items.price'],
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { starting_after: after }),
    };
    const answer = await orForbidden(orMissing('list schedules', stripe.subscriptionSchedules.list(params)));
    if (answer === 'forbidden') return 'unavailable';
    // A deleted customer has no schedules.
    if (answer === 'missing') return coming;
    const data: unknown = answer.data;
    if (!Array.isArray(data)) throw unknownShape();
    coming.push(...recordsIn(data).map(readComing));
    if (!answer.has_more || data.length === 0) return coming;
  }
  throw unknownShape();
}

function readComing(json: UnknownRecord): ComingSubscription {
  const scheduleId = textAt(json, 'id');
  if (scheduleId === null) throw unknownShape();
  const items = entriesOf(json, 'phases').flatMap((phase) => entriesOf(phase, 'items'));
  // A price that is not shown, such as a deleted one, says nothing.
  return { scheduleId, items: items.map((item) => ({ role: roleIn(recordAt(item, 'price')) })) };
}

/** Phases and their items are plain arrays, not Stripe's lists. */
function entriesOf(json: UnknownRecord, name: string): readonly UnknownRecord[] {
  const entries = json[name];
  return Array.isArray(entries) ? recordsIn(entries) : [];
}

function unknownShape(): Fault {
  return new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'list schedules' });
}
