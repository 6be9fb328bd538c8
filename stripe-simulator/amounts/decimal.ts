/** Exact arithmetic. Decimals of up to 12 places are integers here, and a quotient is rounded once. */

const PLACES = 12;
const ONE = 10n ** BigInt(PLACES);

/** Whether a text is a decimal that Stripe accepts: no sign, no exponent, at most 12 places. */
export function isDecimal(text: string): boolean {
  return /^\d{1,15}(\.\d{1,12})?$/.test(text);
}

/** Returns the decimal as a number of 10⁻¹². */
export function parseDecimal(text: string): bigint {
  const [whole = '0', places = ''] = text.split('.');
  const negative = whole.startsWith('-');
  const scaled = BigInt(whole.replace('-', '')) * ONE + BigInt(places.padEnd(PLACES, '0').slice(0, PLACES));
  return negative ? -scaled : scaled;
}

/** Returns the decimal without zeros at its end. */
export function normalDecimal(text: string): string {
  const scaled = parseDecimal(text);
  const places = (scaled % ONE).toString().padStart(PLACES, '0').replace(/0+$/, '');
  return places === '' ? String(scaled / ONE) : `${scaled / ONE}.${places}`;
}

/** Returns the whole number that a decimal is, or null if it has places. */
export function wholeOf(text: string): number | null {
  const scaled = parseDecimal(text);
  return scaled % ONE === 0n ? Number(scaled / ONE) : null;
}

/** Divides, and rounds a half away from zero, so that a credit is as large as the charge it returns. */
export function divided(numerator: bigint, denominator: bigint): number {
  const negative = numerator < 0n !== denominator < 0n;
  const [top, bottom] = [absolute(numerator), absolute(denominator)];
  const rounded = (top * 2n + bottom) / (bottom * 2n);
  return Number(negative ? -rounded : rounded) + 0;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Returns a decimal times a whole number, rounded once. */
export function timesDecimal(decimal: string, count: number): number {
  return divided(parseDecimal(decimal) * BigInt(count), ONE);
}

/** Returns the part of an amount, such as the seconds that are left of a period. */
export function portionOf(amount: number, part: number, whole: number): number {
  return whole === 0 ? 0 : divided(BigInt(amount) * BigInt(part), BigInt(whole));
}

/** Returns a percentage of an amount. The percentage may have places, as tax rates do. */
export function percentOf(amount: number, percentage: number): number {
  return divided(BigInt(amount) * scaledPercentage(percentage), 100n * ONE);
}

/** Returns the tax that an amount includes. */
export function includedPercentOf(amount: number, percentage: number): number {
  const share = scaledPercentage(percentage);
  return divided(BigInt(amount) * share, 100n * ONE + share);
}

function scaledPercentage(percentage: number): bigint {
  return parseDecimal(percentage.toFixed(PLACES));
}

/** Splits an amount in proportion to the weights. The parts add up to the amount. */
export function splitBy(amount: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let passed = 0;
  return weights.map((weight) => {
    passed += weight;
    const upTo = portionOf(amount, passed, whole);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}
