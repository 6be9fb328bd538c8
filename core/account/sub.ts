/**
 * Cognito's `sub`. It is a UUID today; any other value must still work as a key, in a header and in a log line. A `#` marks the
 * keys of the entitlement table that belong to no user, so no user may have one.
 */

const USABLE = /^[\x21\x22\x24-\x7e]{1,128}$/;

export function isSub(value: unknown): value is string {
  return typeof value === 'string' && USABLE.test(value);
}
