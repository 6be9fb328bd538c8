/** The `Stripe-Signature` header: one `v1` for every secret that is active. */
import { createHmac } from 'node:crypto';

export function signatureHeader(signing: {
  readonly body: string;
  readonly secrets: readonly string[];
  readonly seconds: number;
}): string {
  const { body, secrets, seconds } = signing;
  // The key is the whole secret as text, with its whsec_ prefix.
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex'),
  );
  return [`t=${seconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}
