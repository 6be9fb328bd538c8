/** Converts what a row shows of payments to its attribute. What cannot be read counts as nothing: it decides on no access. */
import type { BillingFact } from '../../core/entitlement/billing-facts.ts';
import { recordsIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';

export function billingFactsIn(item: UnknownRecord): readonly BillingFact[] {
  const list = valueAt(item, 'billing_facts');
  return Array.isArray(list) ? recordsIn(list).flatMap(factIn) : [];
}

export function billingFactsAttribute(facts: readonly BillingFact[]): readonly UnknownRecord[] | null {
  if (facts.length === 0) return null;
  return facts.map(({ kind, subscriptionId, of, at, chargeAt }) => ({
    kind,
    subscription_id: subscriptionId,
    of,
    at,
    charge_at: chargeAt,
  }));
}

function factIn(entry: UnknownRecord): readonly BillingFact[] {
  const kind = textAt(entry, 'kind');
  const [subscriptionId, of] = [textAt(entry, 'subscription_id'), textAt(entry, 'of')];
  if ((kind !== 'card' && kind !== 'confirmation') || subscriptionId === null || of === null) return [];
  return [{ kind, subscriptionId, of, at: secondsAt(entry, 'at'), chargeAt: secondsAt(entry, 'charge_at') }];
}
