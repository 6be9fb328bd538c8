/** Reads the stored webhook secrets, which are comma-separated, and computes the fingerprint that identifies each. */
import { createHash } from 'node:crypto';

/** The metadata key of an endpoint that has the fingerprint of its secret, once the secret is stored. */
export const FINGERPRINT = 'secret_fingerprint';

export function secretsIn(text: string | undefined): readonly string[] {
  const values = (text ?? '').split(',').map((value) => value.trim());
  return values.filter((value) => value !== '');
}

/** Returns a short hash prefix, which reveals nothing about a random secret of 32 characters. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}
