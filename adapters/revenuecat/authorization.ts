/** Compares the `Authorization` header of a webhook with the values that are set up in RevenueCat's dashboard. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares in constant time, with every value, so that the time shows neither a length nor which one is right. */
export function isAuthorized(header: string | undefined, values: readonly string[]): boolean {
  const given = digest(header ?? '');
  const matches = values.map((value) => timingSafeEqual(given, digest(value)));
  return header !== undefined && matches.includes(true);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
