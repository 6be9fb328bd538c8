/** Lists the tax ids of a customer. */
import type { TaxId } from '../../contract/billing.ts';
import { recordAt, textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { listIn } from './json.ts';

const LIMIT = 20;
const statuses = ['pending', 'verified', 'unverified', 'unavailable'] as const;

export async function listTaxIds(stripe: StripeApi, customer: string): Promise<readonly TaxId[]> {
  const operation = 'list tax ids';
  const answer: unknown = await orMissing(operation, stripe.customers.listTaxIds(customer, { limit: LIMIT }));
  if (answer === 'missing') return [];
  return listIn(operation, answer).entries.flatMap((entry) => {
    const [id, type, value] = [textAt(entry, 'id'), textAt(entry, 'type'), textAt(entry, 'value')];
    if (id === null || type === null || value === null) return [];
    const status = textAt(recordAt(entry, 'verification'), 'status');
    return [{ id, type, value, verification: statuses.find((one) => one === status) ?? null }];
  });
}
