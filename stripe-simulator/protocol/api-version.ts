/** API versions by date: `2026-10-28.endive`. Breaking shape changes are asked for by name. */
import { invalidRequest } from './stripe-error.ts';

const FIRST_BASIL_DATE = '2025-03-31';
const FIRST_DAHLIA_DATE = '2026-03-25';

export function checkedVersion(given: string): string {
  if (/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(given)) return given;
  throw invalidRequest({
    message: `Invalid Stripe API version: ${given}. You can view your current API version at https://dashboard.stripe.com/developers`,
  });
}

/** Periods on the items, `invoice.parent`, `line.pricing`. */
export function hasBasilShapes(version: string): boolean {
  return version.slice(0, 10) >= FIRST_BASIL_DATE;
}

/** Checkout's `ui_mode` is `hosted_page`, not `hosted`. */
export function hasDahliaNames(version: string): boolean {
  return version.slice(0, 10) >= FIRST_DAHLIA_DATE;
}
