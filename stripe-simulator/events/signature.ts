/** Builds the `Stripe-Signature` header, with one `v1` signature per active secret. */
import { createHmac } from 'node:crypto';

export function signatureHeader(signing: {
  readonly body: string;
  readonly secrets: readonly string[];
  readonly seconds: number;
}): string {
  const { body, secrets, seconds } = signing;
  // The key is the complete secret as text, including its whsec_ prefix.
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex'),
  );
  return [`t=${seconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
