/** Validates a client's checkout request. An unknown field is refused, so no client can choose its own trial. */
import {
  type CheckoutLocale,
  type CheckoutSessionRequest,
  checkoutLocales,
} from '../../contract/checkout.ts';
import type { ProblemCode } from '../../contract/problem.ts';
import {
  type OrderedItem,
  type OrderRules,
  type RequestedItems,
  type ResolvedOrder,
  readItems,
} from '../catalogue/order.ts';
import type { SoldTerms, Wanted } from '../purchase/purchase.ts';
import type { UnknownRecord } from '../system/record.ts';
import { type ReturnPages, type ReturnRules, readReturnPages } from './return-pages.ts';

export interface CheckoutRules extends OrderRules, ReturnRules {
  readonly promotionCodes: boolean;
}

/** How the page is shown, whatever is bought. */
interface CheckoutOptions {
  readonly promotion: boolean;
  /** Null: the browser's. */
  readonly locale: CheckoutLocale | null;
  readonly pages: ReturnPages;
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
  return_url: true,
  quantity: true,
  add_ons: true,
  promotion: true,
  locale: true,
  ui_mode: true,
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
  const locale = localeIn(body['locale']);
  if (locale === undefined)
    return refused('malformed_request', 'locale must be one of Stripe’s, such as de.');
  const returning = readReturnPages(body, rules);
  if (returning.kind !== 'pages') return returning;
  return {
    kind: 'request',
    request: { items: reading.items, again, promotion, locale, pages: returning.pages },
  };
}

function localeIn(given: unknown): CheckoutLocale | null | undefined {
  return given === undefined || given === null ? null : checkoutLocales.find((locale) => locale === given);
}

export function checkoutOf(requested: RequestedCheckout, { plan, addOns }: ResolvedOrder): CheckoutRequest {
  const { again, promotion, locale, pages } = requested;
  const line = ({ entry, quantity }: OrderedItem): LineItem => ({ price: entry.id, quantity });
  return {
    ...line(plan),
    addOns: addOns.map(line),
    trialDays: plan.entry.recurring === null ? 0 : plan.entry.trialDays,
    ...(plan.entry.recurring === null ? { once: termsOf(plan) } : {}),
    ...(again ? { again } : {}),
    promotion,
    locale,
    pages,
  };
}

/** What is sold once, as it is now: it stays so, whatever becomes of the price. */
function termsOf({ entry, quantity }: OrderedItem): SoldTerms {
  const { id, lookupKey, productId, access, features } = entry;
  const keys = [lookupKey, productId].filter((key) => key !== null);
  return { price: id, keys, quantity: quantity ?? 1, access, features };
}

function refused(code: ProblemCode, detail: string): CheckoutRequestReading {
  return { kind: 'refused', code, detail };
}
