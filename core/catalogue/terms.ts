/**
 * The terms of a price, as its metadata say in Stripe. They are where the price is created, so a new price needs no setting. A
 * text that is not understood counts as absent: a typing error must give neither access nor a trial.
 */
import { type PriceRole, priceRoles } from '../subscription/subscription.ts';
import { recordAt, textAt, type UnknownRecord } from '../system/record.ts';

/** What a price that is charged once gives access for. */
export type PriceAccess = { readonly kind: 'lifetime' } | { readonly kind: 'days'; readonly days: number };

export interface PriceTerms {
  /** 0: no trial. Null: `TRIAL_DAYS` decides. */
  readonly trialDays: number | null;
  /** Null: a purchase of the price gives no access by itself. */
  readonly access: PriceAccess | null;
  /** The lookup keys of features that a purchase unlocks. */
  readonly features: readonly string[];
}

export const termNames = {
  role: 'predixa_role',
  trialDays: 'predixa_trial_days',
  access: 'predixa_access',
  features: 'predixa_features',
} as const;

const MAX_TRIAL_DAYS = 730;
const MAX_ACCESS_DAYS = 3_650;
/** Stripe's limit for the lookup key of a feature. */
const MAX_FEATURE_LENGTH = 80;

export function termsIn(price: UnknownRecord | null): PriceTerms {
  return {
    trialDays: trialDaysIn(termAt(price, 'trialDays')) ?? null,
    access: accessIn(termAt(price, 'access')) ?? null,
    features: featuresIn(termAt(price, 'features')) ?? [],
  };
}

/** Returns what the price is for. */
export function roleIn(price: UnknownRecord | null): PriceRole | null {
  const text = textAt(recordAt(price, 'metadata'), termNames.role);
  return priceRoles.find((role) => role === text) ?? null;
}

/** Returns the names of the metadata whose text is not understood. */
export function unclearTerms(price: UnknownRecord): readonly string[] {
  const read = {
    role: roleIn(price),
    trialDays: trialDaysIn(termAt(price, 'trialDays')),
    access: accessIn(termAt(price, 'access')),
    features: featuresIn(termAt(price, 'features')),
  };
  const names = Object.keys(read) as (keyof typeof read)[];
  return names
    .filter((name) => termAt(price, name) !== null && (read[name] ?? null) === null)
    .map((name) => termNames[name]);
}

function termAt(price: UnknownRecord | null, name: keyof typeof termNames): string | null {
  return textAt(recordAt(price, 'metadata'), termNames[name])?.trim() ?? null;
}

function trialDaysIn(text: string | null): number | undefined {
  return text === null ? undefined : wholeIn(text, { min: 0, max: MAX_TRIAL_DAYS });
}

function accessIn(text: string | null): PriceAccess | undefined {
  if (text === 'lifetime') return { kind: 'lifetime' };
  const [, digits = ''] = /^(\d+)_days?$/.exec(text ?? '') ?? [];
  const days = wholeIn(digits, { min: 1, max: MAX_ACCESS_DAYS });
  return days === undefined ? undefined : { kind: 'days', days };
}

function featuresIn(text: string | null): readonly string[] | undefined {
  const keys = (text ?? '').split(',').map((key) => key.trim());
  const isUnderstood = keys.every((key) => key !== '' && key.length <= MAX_FEATURE_LENGTH);
  return isUnderstood ? [...new Set(keys)] : undefined;
}

function wholeIn(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}
