/** Builds the phases of a schedule that changes what a subscription has after its current period, and nothing else. */
import type { Stripe } from 'stripe';
import type { BilledItem } from '../../core/change/changeable.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { idAt, secondsAt, unknownShape } from './json.ts';
import { entriesOf } from './read-changeable.ts';

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;
type PhaseDiscount =
  | { readonly discount: string }
  | { readonly promotion_code: string }
  | { readonly coupon: string };

/** The schedule releases the subscription a day after the change, so that it can be changed freely again. */
const lastPhase = { duration: { interval: 'day', interval_count: 1 } } as const;

/** `schedule`: as Stripe has created it from the subscription, with one phase for the current period. */
export function nextPhases(schedule: UnknownRecord, items: readonly BilledItem[]): Phase[] {
  const [current] = entriesOf(schedule, 'phases');
  const [start, end] = [secondsAt(current ?? null, 'start_date'), secondsAt(current ?? null, 'end_date')];
  if (current === undefined || start === null || end === null)
    throw unknownShape('plan change of subscription', 'a schedule whose phase has a start and an end');
  const now = entriesOf(current, 'items');
  const trialEnd = secondsAt(current, 'trial_end');
  return [
    {
      ...termsOf(current),
      items: now.map((item) => ({ ...itemTermsOf(item), ...billed(item) })),
      start_date: start,
      end_date: end,
      proration_behavior: 'none',
      ...(trialEnd === null ? {} : { trial_end: trialEnd }),
    },
    {
      ...termsOf(current),
      items: items.map(({ priceId, quantity }) => {
        const before = now.find((item) => idAt(item, 'price') === priceId);
        return {
          ...(before === undefined ? {} : itemTermsOf(before)),
          price: priceId,
          ...(quantity === null ? {} : { quantity }),
        };
      }),
      ...lastPhase,
      // At the end of a period nothing is left of it.
      proration_behavior: 'none',
    },
  ];
}

function billed(item: UnknownRecord): { readonly price: string; readonly quantity?: number } {
  const price = idAt(item, 'price');
  const quantity = integerAt(item, 'quantity');
  if (price === null) throw unknownShape('plan change of subscription', 'items with a price');
  return { price, ...(quantity === null ? {} : { quantity }) };
}

/** The discounts and the taxes of a subscription, which a phase without them would remove. */
function termsOf(phase: UnknownRecord): Partial<Phase> {
  const automaticTax = recordAt(phase, 'automatic_tax');
  const rates = idsOf(phase, 'default_tax_rates');
  const discounts = discountsOf(phase);
  const method = idAt(phase, 'default_payment_method');
  const description = textAt(phase, 'description');
  return {
    ...(automaticTax === null ? {} : { automatic_tax: { enabled: automaticTax['enabled'] === true } }),
    ...(rates.length === 0 ? {} : { default_tax_rates: rates }),
    ...(discounts.length === 0 ? {} : { discounts }),
    ...(method === null ? {} : { default_payment_method: method }),
    ...(description === null ? {} : { description }),
  };
}

function itemTermsOf(
  item: UnknownRecord,
): Pick<Stripe.SubscriptionScheduleUpdateParams.Phase.Item, 'discounts' | 'tax_rates'> {
  const discounts = discountsOf(item);
  const rates = idsOf(item, 'tax_rates');
  return {
    ...(discounts.length === 0 ? {} : { discounts }),
    ...(rates.length === 0 ? {} : { tax_rates: rates }),
  };
}

/** The discount itself, where there is one: a coupon would begin again. */
function discountsOf(json: UnknownRecord): PhaseDiscount[] {
  return entriesOf(json, 'discounts').flatMap((entry): PhaseDiscount[] => {
    const discount = idAt(entry, 'discount');
    if (discount !== null) return [{ discount }];
    const code = idAt(entry, 'promotion_code');
    if (code !== null) return [{ promotion_code: code }];
    const coupon = idAt(entry, 'coupon');
    return coupon === null ? [] : [{ coupon }];
  });
}

function idsOf(json: UnknownRecord, name: string): string[] {
  const entries = json[name];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const id = typeof entry === 'string' ? entry : idAt({ entry }, 'entry');
    return id === null ? [] : [id];
  });
}
