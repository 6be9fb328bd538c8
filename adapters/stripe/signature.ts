/** Verifies a webhook by Stripe's signature. While a secret is rolled, any of several may fit. */
import { Stripe } from 'stripe';

/** Stripe's own tolerance, in seconds. */
const TOLERANCE_SECONDS = 300;

/** On anything else the library throws errors of every kind, an empty `v1` among them. */
const WELL_FORMED = /^\w+=\w+(?:,\w+=\w+)*$/;

export interface SignedBody {
  readonly body: Buffer;
  readonly header: string;
}

/** Whether one of the secrets signed this very body, not long before `nowMs`. Comparison is in constant time. */
export function isSigned(signed: SignedBody, secrets: readonly string[], nowMs: number): boolean {
  if (!WELL_FORMED.test(signed.header)) return false;
  return secrets.some((secret) => isSignedWith(signed, secret, nowMs));
}

function isSignedWith({ body, header }: SignedBody, secret: string, nowMs: number): boolean {
  try {
    const { signature } = Stripe.webhooks;
    if (signature === null) throw new Error('This build of the Stripe library verifies no signatures.');
    return signature.verifyHeader(body, header, secret, TOLERANCE_SECONDS, undefined, nowMs);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}
