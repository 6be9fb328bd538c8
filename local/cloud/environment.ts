/** Defines the environment of the functions, and the file that sets the same variables in a shell. */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';

export type Environment = Readonly<Record<string, string>>;

export interface EnvironmentFacts {
  readonly apiUrl: string;
  readonly dynamoDbUrl: string;
  readonly cognitoUrl: string;
  readonly stripeUrl: string;
  readonly revenueCatUrl: string;
  readonly usersTable: string;
  readonly entitlementsTable: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly stripeApiKey: string;
  readonly stripeWebhookSecret: string;
  readonly revenueCatApiKey: string;
  readonly revenueCatProjectId: string;
  readonly revenueCatWebhookSecret: string;
}

export function functionEnvironment(facts: EnvironmentFacts): Environment {
  return {
    AWS_REGION: 'us-east-1',
    // The AWS CLI 1 and boto3 read this name only.
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: facts.dynamoDbUrl,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: facts.cognitoUrl,
    USERS_TABLE: facts.usersTable,
    ENTITLEMENTS_TABLE: facts.entitlementsTable,
    COGNITO_USER_POOL_ID: facts.userPoolId,
    COGNITO_CLIENT_ID: facts.clientId,
    STRIPE_API_KEY: facts.stripeApiKey,
    STRIPE_API_BASE: facts.stripeUrl,
    STRIPE_WEBHOOK_SECRET: facts.stripeWebhookSecret,
    REVENUECAT_API_KEY: facts.revenueCatApiKey,
    REVENUECAT_API_BASE: facts.revenueCatUrl,
    REVENUECAT_PROJECT_ID: facts.revenueCatProjectId,
    REVENUECAT_WEBHOOK_SECRET: facts.revenueCatWebhookSecret,
    TRIAL_DAYS: '7',
    // A local installation has no secrets to protect.
    TRIAL_HASH_KEY: 'local-trial-hash-key-of-thirty-two-characters',
    CHECKOUT_PRICES: 'pro_monthly,pro_yearly,handbook',
    CHECKOUT_MAX_QUANTITY: '5',
    CHECKOUT_PROMOTION_CODES: 'true',
    CHECKOUT_SUCCESS_URL: `${facts.apiUrl}/?checkout=success&session_id={CHECKOUT_SESSION_ID}`,
    CHECKOUT_CANCEL_URL: `${facts.apiUrl}/?checkout=canceled`,
    PORTAL_RETURN_URL: `${facts.apiUrl}/`,
  };
}

/**
 * Returns the variables for a shell: those of the functions, the address of the API, and the Stripe CLI without
 * telemetry.
 */
export function shellEnvironment(facts: EnvironmentFacts): Environment {
  return { ...functionEnvironment(facts), LOCAL_API_URL: facts.apiUrl, STRIPE_CLI_TELEMETRY_OPTOUT: '1' };
}

export function environmentFile(environment: Environment): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
  return `${lines.join('\n')}\n`;
}

/** Writes the file. `close` removes it, so that it exists only while the cloud runs. */
export async function openEnvironmentFile(
  file: string,
  environment: Environment,
): Promise<{ close(): Promise<void> }> {
  await writeFile(file, environmentFile(environment), { mode: 0o600 });
  // writeFile applies the mode only to a file that it creates.
  await chmod(file, 0o600);
  return { close: () => rm(file, { force: true }) };
}

const EXPORT_LINE = /^export (?<name>[A-Za-z_]\w*)='(?<value>(?:[^']|'\\'')*)'$/gm;

/** Returns the variables of a file that `openEnvironmentFile` wrote, or undefined if the file cannot be read. */
export async function readEnvironmentFile(file: string): Promise<Environment | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const environment: Record<string, string> = {};
  for (const { groups } of text.matchAll(EXPORT_LINE)) {
    environment[groups?.['name'] ?? ''] = (groups?.['value'] ?? '').replaceAll("'\\''", "'");
  }
  return environment;
}

/**
 * Quotes the value for a shell, which reads every character between single quotes literally except the quote itself.
 */
function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
