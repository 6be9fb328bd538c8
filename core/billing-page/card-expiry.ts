/** When a card expires. Pure. */

/**
 * Returns the first second in which the card is no longer valid: that of the next month. Stripe charges by UTC, so the month ends
 * there. Null: it is no month.
 */
export function cardExpiresAt(month: number | null, year: number | null): number | null {
  if (month === null || year === null) return null;
  if (!Number.isInteger(month) || month < 1 || month > 12) return null;
  if (!Number.isInteger(year) || year < 1970 || year > 9999) return null;
  return month === 12 ? daysBefore(year + 1, 1) * DAY_SECONDS : daysBefore(year, month + 1) * DAY_SECONDS;
}

const DAY_SECONDS = 86_400;
/** By the index of the month, in a year that is no leap year. */
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/** Returns the days from the beginning of 1970 to that of the month. */
function daysBefore(year: number, month: number): number {
  const years = year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) - 477;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return (year - 1970) * 365 + leapDays + (daysBeforeMonth[month - 1] ?? 0) + (isLeap && month > 2 ? 1 : 0);
}

/** Returns whether the card is no longer valid at that time. */
export function expiresBefore(expiresAt: number | null, chargeAt: number | null): boolean | null {
  return expiresAt === null || chargeAt === null ? null : expiresAt <= chargeAt;
}
