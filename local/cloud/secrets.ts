/** The webhook secrets, created once per directory and kept: new ones on every start would break copies of them. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJsonObject } from '../http/body.ts';

/** The simulator accepts any key in the format of a test mode key. */
export const STRIPE_API_KEY = 'sk_test_local_predixa';

export const REVENUECAT_API_KEY = 'sk_local_predixa_revenuecat';

export interface WebhookSecrets {
  readonly stripeWebhookSecret: string;
  /** The value of the `Authorization` header of RevenueCat's webhooks. */
  readonly revenueCatWebhookSecret: string;
}

const SECRET_BYTES = 24;

export async function webhookSecretsOf(directory: string): Promise<WebhookSecrets> {
  const file = path.join(directory, 'secrets.json');
  const kept = parseJsonObject(await readFile(file, 'utf8').catch(() => ''));
  const secretOf = (name: keyof WebhookSecrets, prefix: string): string => {
    const value = kept?.[name];
    if (typeof value === 'string' && value !== '') return value;
    return `${prefix}${randomBytes(SECRET_BYTES).toString('hex')}`;
  };
  const secrets: WebhookSecrets = {
    stripeWebhookSecret: secretOf('stripeWebhookSecret', 'whsec_'),
    revenueCatWebhookSecret: secretOf('revenueCatWebhookSecret', 'rcwh_'),
  };
  await writeFile(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  return secrets;
}
