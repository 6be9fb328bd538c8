/** Validates a client's checkout request. An unknown field is refused, so no client can choose its own trial. */
import type { CheckoutSessionRequest } from '../../contract/checkout.ts';
import type { ProblemCode } from '../../contract/problem.ts';
import {
  type OrderedItem,
  type OrderRules,
  type RequestedItems,
  type ResolvedOrder,
  readItems,
} from '../catalogue/order.ts';
import type { Wanted } from '../purchase/owned.ts';
import type { SoldTerms } from '../purchase/purchase.ts';
import type { UnknownRecord } from '../system/record.ts';
import { allowedReturnUrl } from './return-url.ts';

export interface CheckoutRules extends OrderRules {
  readonly allowedOrigins: readonly string[];
  readonly promotionCodes: boolean;
  /** The return URLs for clients that send none. */
  readonly successUrl: string | null;
  readonly cancelUrl: string | null;
}

/** How the page is shown, whatever is bought. */
interface CheckoutOptions {
  readonly promotion: boolean;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** What a client asks for, before the catalogue is asked. */
export interface RequestedCheckout extends CheckoutOptions {
  readonly items: RequestedItems;
  /** Whether the user buys although there is access already. */
  readonly again: boolean;
}

export interface LineItem {
  /** The id of a price. */
  readonly price: string;
  /** Null: the price bills usage. */
  readonly quantity: number | null;
}

/** What is bought and how. Requests are equal if all of it is. */
export interface CheckoutRequest extends CheckoutOptions, LineItem, Wanted {
  readonly addOns: readonly LineItem[];
  /** What the price of the plan says about a trial. Null: nothing, so the installation's setting holds. */
  readonly trialDays: number | null;
}

export type CheckoutRequestReading =
  | { readonly kind: 'request'; readonly request: RequestedCheckout }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string }
  /** The client sent no return URL, and none is configured. */
  | { readonly kind: 'misconfigured'; readonly missing: readonly string[] };

const fields: Readonly<Record<keyof CheckoutSessionRequest, true>> = {
  price: true,
  success_url: true,
  cancel_url: true,
  quantity: true,
  add_ons: true,
  promotion: true,
  again: true,
};

export function parseCheckoutRequest(body: UnknownRecord, rules: CheckoutRules): CheckoutRequestReading {
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return refused('malformed_request', `Unknown field: ${unknown.slice(0, 40)}.`);
  const reading = readItems(body, rules);
  if (reading.kind === 'refused') return reading;
  const { promotion = false, again = false } = body;
  if (typeof again !== 'boolean') return refused('malformed_request', 'again must be true or false.');
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
  return {
    kind: 'request',
    request: { items: reading.items, again, promotion, successUrl: success, cancelUrl: cancel },
  };
}

export function checkoutOf(requested: RequestedCheckout, { plan, addOns }: ResolvedOrder): CheckoutRequest {
  const { again, promotion, successUrl, cancelUrl } = requested;
  const line = ({ entry, quantity }: OrderedItem): LineItem => ({ price: entry.id, quantity });
  return {
    ...line(plan),
    addOns: addOns.map(line),
    trialDays: plan.entry.recurring === null ? 0 : plan.entry.trialDays,
    ...(plan.entry.recurring === null ? { once: termsOf(plan) } : {}),
    ...(again ? { again } : {}),
    promotion,
    successUrl,
    cancelUrl,
  };
}

/** What is sold once, as it is now: it stays so, whatever becomes of the price. */
function termsOf({ entry, quantity }: OrderedItem): SoldTerms {
  const { id, lookupKey, productId, access, features } = entry;
  const keys = [lookupKey, productId].filter((key) => key !== null);
  return { price: id, keys, quantity: quantity ?? 1, access, features };
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
