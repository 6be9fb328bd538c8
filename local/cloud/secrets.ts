/** The webhook secret, created once per directory and kept: a new one on every start would break copies of it. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJsonObject } from '../http/body.ts';

/** The simulator accepts any key in the format of a test mode key. */
export const STRIPE_API_KEY = 'sk_test_local_predixa';

export async function webhookSecretOf(directory: string): Promise<string> {
  const file = path.join(directory, 'secrets.json');
  const kept = parseJsonObject(await readFile(file, 'utf8').catch(() => ''))?.['stripeWebhookSecret'];
  if (typeof kept === 'string' && kept !== '') return kept;
  const stripeWebhookSecret = `whsec_${randomBytes(24).toString('hex')}`;
  await writeFile(file, `${JSON.stringify({ stripeWebhookSecret }, undefined, 2)}\n`, { mode: 0o600 });
  return stripeWebhookSecret;
}
