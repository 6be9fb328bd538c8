/** The stored webhook secrets: one text, several by commas while one is rolled; and how an endpoint tells which is its. */
import { createHash } from 'node:crypto';

/** In an endpoint's metadata, once its secret is stored. */
export const FINGERPRINT = 'secret_fingerprint';

export function secretsIn(text: string | undefined): readonly string[] {
  const values = (text ?? '').split(',').map((value) => value.trim());
  return values.filter((value) => value !== '');
}

/** Of a random text of 32 characters, so short a part of its hash tells nothing. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}
