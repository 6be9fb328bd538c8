/** Verifies Stripe's webhook signature. During a secret rotation, several secrets are valid. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/** The only form in which Stripe sends the header. */
const WELL_FORMED = /^\w+=\w+(?:,\w+=\w+)*$/;

/** The scheme of Stripe's signatures is HMAC with SHA-256 in hexadecimal digits. Any other scheme is none. */
const SCHEME = 'v1';

export interface SignedBody {
  readonly body: Buffer;
  readonly header: string;
}

/** Returns whether one of the secrets signed this exact body within the tolerance. Compares in constant time. */
export function isSigned({ body, header }: SignedBody, secrets: readonly string[], nowMs: number): boolean {
  if (!WELL_FORMED.test(header) || body.length === 0) return false;
  const fields = header.split(',').map((field) => field.split('=') as [string, string]);
  const valuesOf = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const seconds = timeOfNow(valuesOf('t'), nowMs);
  if (seconds === undefined) return false;
  const signatures = valuesOf(SCHEME).map((value) => Buffer.from(value));
  return secrets.some((secret) => {
    const expected = Buffer.from(
      createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex'),
    );
    return signatures.some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  });
}

/**
 * Returns the one time that the header names, if it is at most the tolerance from now: a delivery that was recorded once
 * could be repeated until a time in the future.
 */
function timeOfNow(times: readonly string[], nowMs: number): number | undefined {
  const [time = ''] = times;
  if (new Set(times).size !== 1 || !/^\d{1,12}$/.test(time)) return undefined;
  const seconds = Number(time);
  return Math.abs(seconds - Math.floor(nowMs / 1000)) <= TOLERANCE_SECONDS ? seconds : undefined;
}
