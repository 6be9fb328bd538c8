/** Validates a client's checkout request. An unknown field is refused, so no client can choose its own trial. */
import type { CheckoutSessionRequest } from '../../contract/checkout.ts';
import type { ProblemCode } from '../../contract/problem.ts';
import type { UnknownRecord } from '../system/record.ts';
import { allowedReturnUrl } from './return-url.ts';

export interface CheckoutRules {
  readonly allowedOrigins: readonly string[];
  readonly maxQuantity: number;
  readonly promotionCodes: boolean;
  /** The return URLs for clients that send none. */
  readonly successUrl: string | null;
  readonly cancelUrl: string | null;
}

export interface CheckoutRequest {
  /** A price id or a lookup key. The handler replaces it with the id of an allowed price. */
  readonly price: string;
  readonly quantity: number;
  readonly promotion: boolean;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

export type CheckoutRequestReading =
  | { readonly kind: 'request'; readonly request: CheckoutRequest }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string }
  /** The client sent no return URL, and none is configured. */
  | { readonly kind: 'misconfigured'; readonly missing: readonly string[] };

const fields: Readonly<Record<keyof CheckoutSessionRequest, true>> = {
  price: true,
  success_url: true,
  cancel_url: true,
  quantity: true,
  promotion: true,
};
const MAX_PRICE_LENGTH = 255;

export function parseCheckoutRequest(body: UnknownRecord, rules: CheckoutRules): CheckoutRequestReading {
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return refused('malformed_request', `Unknown field: ${unknown.slice(0, 40)}.`);
  const { price, quantity = 1, promotion = false } = body;
  if (typeof price !== 'string' || price === '' || price.length > MAX_PRICE_LENGTH) {
    return refused('malformed_request', 'price must be a price id or a lookup key.');
  }
  if (typeof quantity !== 'number' || !Number.isSafeInteger(quantity) || quantity < 1) {
    return refused('malformed_request', 'quantity must be a whole number of at least 1.');
  }
  if (quantity > rules.maxQuantity) {
    return refused('quantity_not_allowed', `quantity must be at most ${rules.maxQuantity}.`);
  }
  if (typeof promotion !== 'boolean') return refused('malformed_request', 'promotion must be true or false.');
  if (promotion && !rules.promotionCodes) {
    return refused('promotion_not_allowed', 'Promotion codes are not accepted.');
  }
  const success = parseReturnUrl(body['success_url'], rules.successUrl, rules);
  const cancel = parseReturnUrl(body['cancel_url'], rules.cancelUrl, rules);
  if (success === undefined || cancel === undefined) {
    const name = success === undefined ? 'success_url' : 'cancel_url';
    return refused('return_url_not_allowed', `${name} must be a URL of an allowed origin.`);
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

/** Returns null if none is sent or configured, and `undefined` if the URL is not allowed. */
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
