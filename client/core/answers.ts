/** Reads answers, also those of older deployments, which lack fields that were added since. */
import { AccountError } from './error.ts';
import type {
  AccountDeletion,
  Billing,
  ChangeAnswer,
  ChangePreview,
  Entitlements,
  OwnPrices,
  Price,
} from './types.ts';

/** What a deployment that does not know a field cannot say. */
const unknown: Omit<Entitlements, 'status' | 'access_granted'> = {
  plan: null,
  quantity: null,
  add_ons: [],
  current_period_end: null,
  trial_expires_at: null,
  trial_started_at: null,
  trial_active: false,
  trial_days_remaining: 0,
  access_reason: 'no_entitlement',
  cancel_at_period_end: null,
  cancel_at: null,
  features: null,
  source: null,
  manage_url: null,
  payment_pending: false,
  updated_at: null,
  billing_notices: [],
};

/** Throws if the answer does not say whether the user has access: that is not the same as no access. */
export function readEntitlements(answer: unknown): Entitlements {
  const fields = answer as Entitlements;
  if (typeof fields.access_granted !== 'boolean' || typeof fields.status !== 'string') {
    throw invalid('The answer does not say whether the user has access. Check the base URL.');
  }
  const { trial_days_remaining: days } = fields;
  return { ...unknown, ...fields, trial_days_remaining: days ?? 0 };
}

export function readDeletion(answer: unknown): AccountDeletion {
  const fields = answer as Partial<AccountDeletion>;
  if (fields.success !== true && !fields.deleted)
    throw invalid('The answer does not confirm the deletion. Check the base URL.');
  const everywhere = {
    cognito: true,
    dynamodb_userprofiles: true,
    dynamodb_entitlements: true,
    stripe: true,
  };
  // Version 0.1 answers `deleted: true`.
  const deleted = typeof fields.deleted === 'object' ? fields.deleted : everywhere;
  return {
    success: true,
    message: 'The account is deleted.',
    billing_continues: [],
    billing_continues_known: 'unknown',
    refund_policy: null,
    refunds: [],
    refunds_known: false,
    pending: [],
    ...fields,
    deleted,
  };
}

/** Throws if the answer does not say what would be billed. */
export function readPreview(answer: unknown): ChangePreview {
  const fields = answer as ChangePreview;
  if (typeof fields.due_now !== 'number') throw invalid('The answer is no preview. Check the base URL.');
  return fields;
}

/** Throws if the answer does not say what has become of the request. */
export function readChange(answer: unknown): ChangeAnswer {
  const fields = answer as ChangeAnswer;
  if (typeof fields.outcome !== 'string')
    throw invalid('The answer does not say what has become of the change. Check the base URL.');
  return fields;
}

/** Throws if there is nowhere to send the user. */
export function requireUrl(answer: unknown): void {
  const { url } = answer as { readonly url?: unknown };
  if (typeof url !== 'string') throw invalid('The answer contains no URL. Check the base URL.');
}

/** What a deployment of before does not say of a price. */
const unsaid = {
  tiers_mode: null,
  tiers: null,
  transform_quantity: null,
  tax_behavior: 'unspecified',
  currency_options: [],
  role: 'plan',
  trial_days: 0,
  access: null,
  unlocks: [],
  max_quantity: 1,
} satisfies Partial<Price>;

/** Throws if the answer is no list, such as from an API that does not have the route. */
export function readPrices(answer: unknown): readonly Price[] {
  const { prices } = answer as { readonly prices?: readonly Price[] };
  if (Array.isArray(prices)) return prices.map((price) => ({ ...unsaid, ...price }));
  throw invalid('The answer contains no prices. Check the base URL.');
}

/** The route is younger than the fields of a price, so none is filled in. */
export function readOwnPrices(answer: unknown): OwnPrices {
  const fields = answer as Partial<OwnPrices>;
  if (Array.isArray(fields.prices)) return { current: null, ...fields, prices: fields.prices };
  throw invalid('The answer contains no prices. Check the base URL.');
}

/** Throws if the answer does not say what it lacks: then a part that is `null` could mean anything. */
export function readBilling(answer: unknown): Billing {
  const fields = answer as Billing;
  if (Array.isArray(fields.unavailable)) return fields;
  throw invalid('The answer is no billing page. Check the base URL.');
}

function invalid(message: string): AccountError {
  return new AccountError({ code: 'invalid_answer', message });
}
