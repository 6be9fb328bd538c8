/** Reads the stored webhook secrets, which are comma-separated, and computes the fingerprint that identifies each. */
import { createHash } from 'node:crypto';
import { readSecret } from '../../core/settings/secrets.ts';
import { cleanText, listIn } from '../../core/settings/text.ts';
import { isRecord, parseJson } from '../../core/system/record.ts';
import { UsageError } from '../cli/command.ts';

/** The metadata key of an endpoint that has the fingerprint of its secret, once the secret is stored. */
export const FINGERPRINT = 'secret_fingerprint';

/** Splits the value that the functions use. */
export function secretsIn(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').filter((one) => one !== '');
}

/**
 * Returns the values that the functions accept of a secret that the command is about to replace. Others, such as a
 * placeholder, are dropped. Throws if the secret also holds what is not the command's to drop.
 */
export function replaceableSecrets(
  name: 'STRIPE_WEBHOOK_SECRET' | 'REVENUECAT_WEBHOOK_SECRET',
  text: string | undefined,
): readonly string[] {
  const plain = cleanText(text ?? '');
  const record = parseJson(plain);
  if (isRecord(record)) {
    const reading = readSecret(name, plain);
    const values = 'wrong' in reading ? [] : secretsIn(reading.value);
    if (values.length >= Object.keys(record).length) return values;
    throw new UsageError(
      'The secret is JSON with other keys, which this command would remove. Store the values of the webhook in a secret of their own.',
    );
  }
  const separators = name === 'STRIPE_WEBHOOK_SECRET' ? /[\s,;]+/ : undefined;
  return [...new Set(listIn(plain, separators))].filter((value) => 'value' in readSecret(name, value));
}

/** Returns a short hash prefix, which reveals nothing about a random secret of 32 characters. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}
