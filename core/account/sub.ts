/** Cognito's `sub`. It is a UUID today; any other value must still work as a key, in a header and in a log line. */

const USABLE = /^[\x21-\x7e]{1,128}$/;

export function isSub(value: unknown): value is string {
  return typeof value === 'string' && USABLE.test(value);
}
