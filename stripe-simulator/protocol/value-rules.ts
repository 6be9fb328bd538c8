/** What Stripe refuses about a value because of the parameter's name, on every route. */
import { currencies } from './currencies.ts';
import { checkEmail, MAX_TEXT_LENGTH, textTooLong } from './limited-text.ts';
import { invalidParameter } from './stripe-error.ts';

export interface NamedValue {
  /** The last part of the name, such as `currency`. */
  readonly key: string;
  /** The full name, such as `line_items[0][price_data][currency]`. */
  readonly param: string;
  readonly value: string;
}

const emails: ReadonlySet<string> = new Set(['email', 'customer_email', 'receipt_email']);
/** Counts that have no negative values. */
const counts: ReadonlySet<string> = new Set([
  'quantity',
  'trial_period_days',
  'days_until_due',
  'interval_count',
]);

export function checkValue({ key, param, value }: NamedValue): void {
  if (value === '') return;
  if (value.length > MAX_TEXT_LENGTH) throw textTooLong(value, { limit: MAX_TEXT_LENGTH, param });
  if (key === 'currency' && !currencies.has(value.toLowerCase())) {
    const message = `Invalid currency: ${value.toLowerCase()}. Stripe currently supports these currencies: ${[...currencies].join(', ')}`;
    throw invalidParameter({ message, param });
  }
  if (emails.has(key)) checkEmail(value, param);
  if (counts.has(key) && /^-\d+$/.test(value)) {
    const message = 'Invalid non-negative integer';
    throw invalidParameter({ message, code: 'parameter_invalid_integer', param });
  }
}
