/** What a client may ask of the checkout, and what of it is allowed. What is not known is refused: no client sets its own trial. */
import type { ProblemCode } from '../../contract/problem.ts';
import type { UnknownRecord } from '../system/record.ts';
import { allowedReturnUrl } from './return-url.ts';

export interface CheckoutRules {
  readonly allowedOrigins: readonly string[];
  readonly maxQuantity: number;
  readonly promotionCodes: boolean;
  /** Where a client sends none. */
  readonly successUrl: string | null;
  readonly cancelUrl: string | null;
}

export interface CheckoutRequest {
  /** As the client names it: not yet known to be allowed. */
  readonly price: string;
  readonly quantity: number;
  readonly promotion: boolean;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

export type CheckoutRequestReading =
  | { readonly kind: 'request'; readonly request: CheckoutRequest }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string }
  /** The client sends no address, and none is configured. */
  | { readonly kind: 'misconfigured'; readonly missing: readonly string[] };

const FIELDS = ['price', 'success_url', 'cancel_url', 'quantity', 'promotion'];
const LONGEST_PRICE = 255;

export function parseCheckoutRequest(body: UnknownRecord, rules: CheckoutRules): CheckoutRequestReading {
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined)
    return refused('malformed_request', `There is no field ${unknown.slice(0, 40)}.`);
  const { price, quantity = 1, promotion = false } = body;
  if (typeof price !== 'string' || price === '' || price.length > LONGEST_PRICE) {
    return refused('malformed_request', 'price is a text: a price id or a lookup key.');
  }
  if (typeof quantity !== 'number' || !Number.isSafeInteger(quantity) || quantity < 1) {
    return refused('malformed_request', 'quantity is a whole number from 1 on.');
  }
  if (quantity > rules.maxQuantity) {
    return refused('quantity_not_allowed', `quantity is at most ${rules.maxQuantity}.`);
  }
  if (typeof promotion !== 'boolean') return refused('malformed_request', 'promotion is true or false.');
  if (promotion && !rules.promotionCodes) {
    return refused('promotion_not_allowed', 'Promotion codes are not taken here.');
  }
  const success = parseReturnUrl(body['success_url'], rules.successUrl, rules);
  const cancel = parseReturnUrl(body['cancel_url'], rules.cancelUrl, rules);
  if (success === undefined || cancel === undefined) {
    const name = success === undefined ? 'success_url' : 'cancel_url';
    return refused('return_url_not_allowed', `${name} is not an address of an allowed site.`);
  }
  if (success === null || cancel === null) {
    const missing = [
      ...(success === null ? ['CHECKOUT_SUCCESS_URL'] : []),
      ...(cancel === null ? ['CHECKOUT_CANCEL_URL'] : []),
    ];
    return { kind: 'misconfigured', missing };
  }
  return { kind: 'request', request: { price, quantity, promotion, successUrl: success, cancelUrl: cancel } };
}

/** `null`: none is sent, and none configured. `undefined`: one that may not be used. */
export function parseReturnUrl(
  given: unknown,
  configured: string | null,
  { allowedOrigins }: Pick<CheckoutRules, 'allowedOrigins'>,
): string | null | undefined {
  if (given === undefined || given === null) return configured;
  return typeof given === 'string' ? allowedReturnUrl(given, allowedOrigins) : undefined;
}

function refused(code: ProblemCode, detail: string): CheckoutRequestReading {
  return { kind: 'refused', code, detail };
}
