/** Reads where Stripe's page is shown, and where it sends the user. */
import type { UiMode } from '../../contract/checkout.ts';
import type { UnknownRecord } from '../system/record.ts';
import { allowedReturnUrl } from './return-url.ts';

export interface ReturnRules {
  readonly allowedOrigins: readonly string[];
  /** The return URLs for clients that send none. */
  readonly successUrl: string | null;
  readonly cancelUrl: string | null;
}

/** Stripe has its own page, or shows it within a page of the app, which has one address to return to. */
export type ReturnPages =
  | { readonly uiMode: 'hosted_page'; readonly successUrl: string; readonly cancelUrl: string }
  | { readonly uiMode: Exclude<UiMode, 'hosted_page'>; readonly returnUrl: string };

export type ReturnPagesReading =
  | { readonly kind: 'pages'; readonly pages: ReturnPages }
  | {
      readonly kind: 'refused';
      readonly code: 'malformed_request' | 'return_url_not_allowed';
      readonly detail: string;
    }
  /** The client sent no return URL, and none is configured. */
  | { readonly kind: 'misconfigured'; readonly missing: readonly string[] };

/** Stripe's names, and those of before its version 2026-03-25, which its older libraries and pages use. */
const uiModes: Readonly<Record<string, UiMode>> = {
  hosted_page: 'hosted_page',
  hosted: 'hosted_page',
  embedded_page: 'embedded_page',
  embedded: 'embedded_page',
  elements: 'elements',
  custom: 'elements',
};

export function readReturnPages(body: UnknownRecord, rules: ReturnRules): ReturnPagesReading {
  const uiMode = uiModeIn(body['ui_mode'] ?? 'hosted_page');
  if (uiMode === undefined) {
    const detail = 'ui_mode must be hosted_page, embedded_page or elements.';
    return { kind: 'refused', code: 'malformed_request', detail };
  }
  const others = uiMode === 'hosted_page' ? ['return_url'] : ['success_url', 'cancel_url'];
  const other = others.find((name) => (body[name] ?? null) !== null);
  if (other !== undefined) {
    const detail = `${other} does not belong to ui_mode ${uiMode}.`;
    return { kind: 'refused', code: 'malformed_request', detail };
  }
  return uiMode === 'hosted_page' ? hostedPages(body, rules) : framedPages(body, { rules, uiMode });
}

function uiModeIn(given: unknown): UiMode | undefined {
  return typeof given === 'string' && Object.hasOwn(uiModes, given) ? uiModes[given] : undefined;
}

function hostedPages(body: UnknownRecord, rules: ReturnRules): ReturnPagesReading {
  const successUrl = parseReturnUrl(body['success_url'], rules.successUrl, rules);
  const cancelUrl = parseReturnUrl(body['cancel_url'], rules.cancelUrl, rules);
  if (successUrl === undefined || cancelUrl === undefined) {
    return notAllowed(successUrl === undefined ? 'success_url' : 'cancel_url');
  }
  if (successUrl !== null && cancelUrl !== null) {
    return { kind: 'pages', pages: { uiMode: 'hosted_page', successUrl, cancelUrl } };
  }
  const missing = [
    ...(successUrl === null ? ['CHECKOUT_SUCCESS_URL'] : []),
    ...(cancelUrl === null ? ['CHECKOUT_CANCEL_URL'] : []),
  ];
  return { kind: 'misconfigured', missing };
}

function framedPages(
  body: UnknownRecord,
  { rules, uiMode }: { readonly rules: ReturnRules; readonly uiMode: Exclude<UiMode, 'hosted_page'> },
): ReturnPagesReading {
  const returnUrl = parseReturnUrl(body['return_url'], rules.successUrl, rules);
  if (returnUrl === undefined) return notAllowed('return_url');
  if (returnUrl === null) return { kind: 'misconfigured', missing: ['CHECKOUT_SUCCESS_URL'] };
  return { kind: 'pages', pages: { uiMode, returnUrl } };
}

function notAllowed(name: string): ReturnPagesReading {
  const detail = `${name} must be a URL of an allowed origin.`;
  return { kind: 'refused', code: 'return_url_not_allowed', detail };
}

/** Returns null if none is sent or configured, and `undefined` if the URL is not allowed. */
export function parseReturnUrl(
  given: unknown,
  configured: string | null,
  { allowedOrigins }: Pick<ReturnRules, 'allowedOrigins'>,
): string | null | undefined {
  if (given === undefined || given === null) return configured;
  return typeof given === 'string' ? allowedReturnUrl(given, allowedOrigins) : undefined;
}
