/** Reads a payment method. Stripe answers in the same form for the cards of older integrations (`card_…`). */
import type { MethodFacts } from '../../core/billing-page/ports.ts';
import { integerAt, recordAt, textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { objectIn, unknownShape } from './json.ts';

export async function readPaymentMethod(stripe: StripeApi, id: string): Promise<MethodFacts | 'missing'> {
  const operation = 'read payment method';
  const answer: unknown = await orMissing(operation, stripe.paymentMethods.retrieve(id));
  if (answer === 'missing') return 'missing';
  const method = objectIn(operation, answer, 'payment_method');
  const type = textAt(method, 'type');
  if (type === null) throw unknownShape(operation, 'a payment method with a type');
  const details = recordAt(method, type);
  return {
    id,
    type,
    brand: textAt(details, 'brand') ?? textAt(details, 'bank_name'),
    last4: textAt(details, 'last4'),
    expMonth: integerAt(details, 'exp_month'),
    expYear: integerAt(details, 'exp_year'),
  };
}
