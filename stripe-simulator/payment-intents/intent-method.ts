/** The payment method that a request gives to an intent. */
import type { PaymentMethod } from '../model/payment.ts';
import { methodFrom, resolveMethod } from '../payments/method-params.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, noSuch } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

interface Owner {
  readonly object: 'payment_intent' | 'setup_intent';
  readonly customer: string | null;
  readonly payment_method_types: readonly string[];
}

const names = { payment_intent: 'PaymentIntent', setup_intent: 'SetupIntent' } as const;

/** Returns the payment method of the request, or undefined if it gives none. */
export function methodIn(world: World, params: Params, owner: Owner): PaymentMethod | undefined {
  const data = params.object('payment_method_data');
  const token = params.string('confirmation_token');
  const id = params.string('payment_method');
  if (data === undefined && token === undefined && id === undefined) return undefined;
  const method =
    data !== undefined
      ? methodFrom(world, data)
      : token !== undefined
        ? methodOfToken(world, token)
        : resolveMethod(world, id ?? '');
  checkMethod(method, owner);
  return method;
}

function methodOfToken(world: World, id: string): PaymentMethod {
  const token = world.store.confirmationTokens.get(id);
  const method = world.store.paymentMethods.get(token?.method ?? '');
  if (method === undefined) throw noSuch('confirmation_token', { id, param: 'confirmation_token' });
  return method;
}

function checkMethod(method: PaymentMethod, { object, customer, payment_method_types: types }: Owner): void {
  const name = names[object];
  if (!types.includes(method.type)) {
    throw invalidRequest({
      message: `The PaymentMethod provided (${method.type}) is not allowed for this ${name}. Please attach a PaymentMethod of one of the following types: ${types.join(', ')}. Alternatively, update the allowed payment_method_types for this ${name} to include "${method.type}".`,
      param: 'payment_method',
    });
  }
  if (method.customer === null || method.customer === customer) return;
  throw invalidRequest({
    message:
      customer === null
        ? `The provided PaymentMethod cannot be used without its Customer. It belongs to the Customer ${method.customer}. Please include the Customer in the \`customer\` parameter on the ${name}.`
        : `The provided PaymentMethod belongs to another Customer than the ${name}.`,
    param: 'payment_method',
  });
}
