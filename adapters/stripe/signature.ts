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
  if (!WELL_FORMED.test(signed.header)) return false;
  return secrets.some((secret) => isSignedWith(signed, secret, nowMs));
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
