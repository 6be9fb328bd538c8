/** The webhook secrets, created once per directory and kept: new ones on every start would break copies of them. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJsonObject } from '../http/body.ts';
import { CloudFailure } from './failure.ts';
import { replaceFile } from './replace-file.ts';

/** The simulator accepts any key in the format of a test mode key. */
export const STRIPE_API_KEY = 'sk_test_local_predixa';

export const REVENUECAT_API_KEY = 'sk_local_predixa_revenuecat';
/** The key that the console reads with: what a person looks at must not use up the rate limit of the functions. */
export const REVENUECAT_CONSOLE_KEY = 'sk_local_predixa_console';

export interface WebhookSecrets {
  readonly stripeWebhookSecret: string;
  /** The value of the `Authorization` header of RevenueCat's webhooks. */
  readonly revenueCatWebhookSecret: string;
}

const SECRET_BYTES = 24;

export async function webhookSecretsOf(directory: string): Promise<WebhookSecrets> {
  const file = path.join(directory, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const kept = text === undefined ? {} : parseJsonObject(text);
  if (kept === undefined) {
    throw new CloudFailure(
      `${file} is damaged: it is not valid JSON. Delete it, and new webhook secrets are created.`,
    );
  }
  const secretOf = (name: keyof WebhookSecrets, prefix: string): string => {
    const value = kept[name];
    if (typeof value === 'string' && value !== '') return value;
    return `${prefix}${randomBytes(SECRET_BYTES).toString('hex')}`;
  };
  const secrets: WebhookSecrets = {
    stripeWebhookSecret: secretOf('stripeWebhookSecret', 'whsec_'),
    revenueCatWebhookSecret: secretOf('revenueCatWebhookSecret', 'rcwh_'),
  };
  const content = `${JSON.stringify(secrets, undefined, 2)}\n`;
  if (content !== text) await replaceFile(file, content);
  return secrets;
}
