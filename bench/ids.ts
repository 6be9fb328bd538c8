/**
 * Numbered users. A recording knows one user, and a replay answers any number of them, because the ids of a user can
 * be calculated from each other. So no event of a run meets what the function remembers of an earlier one.
 */

export interface Ids {
  readonly sub: string;
  readonly customer: string | null;
}

const SUB_DIGITS = 12;
const CUSTOMER_DIGITS = 14;
const NUMBERED = /0000-4000-8000-(\d{12})|cus_(\d{14})/;
const EVERY_SUB = /00000000-0000-4000-8000-\d{12}/g;
const EVERY_CUSTOMER = /cus_\d{14}/g;

/** How many users a recording can have. The number of the recording is a multiple of it. */
export const USERS_PER_RECORDING = 1_000_000_000;

export function subOf(user: number): string {
  return `00000000-0000-4000-8000-${String(user).padStart(SUB_DIGITS, '0')}`;
}

function customerOf(user: number): string {
  return `cus_${String(user).padStart(CUSTOMER_DIGITS, '0')}`;
}

/** Returns the number of the user that a request names. Undefined if it names none. */
export function userIn(text: string): number | undefined {
  const found = NUMBERED.exec(text);
  return found === null ? undefined : Number(found[1] ?? found[2]);
}

/** Replaces the ids of a recording by those of a numbered user. */
export function forUser(text: string, recorded: Ids, user: number): string {
  const withSub = text.replaceAll(recorded.sub, subOf(user));
  return recorded.customer === null ? withSub : withSub.replaceAll(recorded.customer, customerOf(user));
}

/** Replaces the ids of a user by words, so that the same call has the same text for every user. */
export function withoutIds(text: string, recorded: Ids | null): string {
  const unnumbered = text.replace(EVERY_SUB, 'SUB').replace(EVERY_CUSTOMER, 'CUSTOMER');
  if (recorded === null) return unnumbered;
  const withoutSub = unnumbered.replaceAll(recorded.sub, 'SUB');
  return recorded.customer === null ? withoutSub : withoutSub.replaceAll(recorded.customer, 'CUSTOMER');
}
