/** API versions such as `2026-10-28.endive`. They are compared by date; each breaking change has a function here. */
import { isReleased } from './api-versions.ts';
import { invalidRequest } from './stripe-error.ts';

const FIRST_BASIL_DATE = '2025-03-31';
const FIRST_FLEXIBLE_DATE = '2025-09-30';
const FIRST_DAHLIA_DATE = '2026-03-25';

/** Returns the version, or throws Stripe's error when there is none of that name. */
export function checkedVersion(version: string): string {
  if (isReleased(version)) return version;
  throw invalidRequest({
    message: `Invalid Stripe API version: ${version}. You can view your current API version at https://dashboard.stripe.com/developers`,
  });
}

/** Whether the version has periods on items, `invoice.parent` and `line.pricing`. */
export function hasBasilShapes(version: string): boolean {
  return version.slice(0, 10) >= FIRST_BASIL_DATE;
}

/** Whether Checkout's `ui_mode` has its newer values, such as `hosted_page` instead of `hosted`. */
export function hasDahliaUiModes(version: string): boolean {
  return version.slice(0, 10) >= FIRST_DAHLIA_DATE;
}

/** The billing mode of a new subscription whose request names none. */
export function defaultBillingMode(version: string): 'flexible' | 'classic' {
  return version.slice(0, 10) >= FIRST_FLEXIBLE_DATE ? 'flexible' : 'classic';
}
