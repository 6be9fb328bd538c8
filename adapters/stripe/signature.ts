/** Verifies Stripe's webhook signature. During a secret rotation, several secrets are valid. */
import { Stripe } from 'stripe';

/** Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/** For any other header, such as an empty `v1`, the library throws various errors. */
const WELL_FORMED = /^\w+=\w+(?:,\w+=\w+)*$/;

export interface SignedBody {
  readonly body: Buffer;
  readonly header: string;
}

/** Returns whether one of the secrets signed this exact body within the tolerance. Compares in constant time. */
export function isSigned(signed: SignedBody, secrets: readonly string[], nowMs: number): boolean {
  if (!WELL_FORMED.test(signed.header) || !isOfNow(signed.header, nowMs)) return false;
  return secrets.some((secret) => isSignedWith(signed, secret, nowMs));
}

/**
 * Returns whether the header names one time, at most the tolerance from now. The library accepts any time in the future, so
 * a delivery that was recorded once could be repeated until then.
 */
function isOfNow(header: string, nowMs: number): boolean {
  const times = new Set([...header.matchAll(/(?:^|,)t=(\w+)/g)].map(([, time]) => time));
  const [time = ''] = times;
  if (times.size !== 1 || !/^\d{1,12}$/.test(time)) return false;
  return Math.abs(Number(time) - Math.floor(nowMs / 1000)) <= TOLERANCE_SECONDS;
}

function isSignedWith({ body, header }: SignedBody, secret: string, nowMs: number): boolean {
  try {
    const { signature } = Stripe.webhooks;
    if (signature === null) throw new Error('This build of the Stripe library cannot verify signatures.');
    return signature.verifyHeader(body, header, secret, TOLERANCE_SECONDS, undefined, nowMs);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}
