/** Reads what a schedule changes after the current phase of its subscription. */
import type { Phases } from '../../core/billing-page/ports.ts';
import { integerAt, recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe } from './call.ts';
import { idAt, objectIn, secondsAt } from './json.ts';

export async function readPhases(stripe: StripeApi, id: string): Promise<Phases> {
  const operation = 'read schedule';
  const answer: unknown = await callStripe(operation, stripe.subscriptionSchedules.retrieve(id));
  const schedule = objectIn(operation, answer, 'subscription_schedule');
  const nothing = { next: null, cancelsAt: null };
  if (textAt(schedule, 'status') !== 'active') return nothing;
  const end = secondsAt(recordAt(schedule, 'current_phase'), 'end_date');
  if (end === null) return nothing;
  const phases = entriesOf(schedule, 'phases');
  const following = phases.find((phase) => (secondsAt(phase, 'start_date') ?? 0) >= end);
  const lastEnd = secondsAt(phases.at(-1) ?? null, 'end_date');
  return {
    next: following === undefined ? null : { at: end, items: itemsIn(following) },
    cancelsAt: textAt(schedule, 'end_behavior') === 'cancel' ? lastEnd : null,
  };
}

function itemsIn(
  phase: UnknownRecord,
): readonly { readonly price: string; readonly quantity: number | null }[] {
  return entriesOf(phase, 'items').flatMap((item) => {
    const price = idAt(item, 'price');
    return price === null ? [] : [{ price, quantity: integerAt(item, 'quantity') }];
  });
}

/** Phases and their items are plain arrays, not Stripe's lists. */
function entriesOf(json: UnknownRecord, name: string): readonly UnknownRecord[] {
  const entries = json[name];
  return Array.isArray(entries) ? recordsIn(entries) : [];
}
