/** Reads the settings that several functions share. */
import type { StoresConfig } from '../adapters/revenuecat/access.ts';
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';
import { readSecretSource } from '../adapters/system/secret.ts';
import { noPlanOrder, type PlanOrder } from '../core/entitlement/plan-order.ts';
import {
  type AccessPolicy,
  defaultRules,
  type PlanPolicy,
  parsePolicyTable,
} from '../core/entitlement/policy.ts';
import { limits } from '../core/settings/limits.ts';
import { readOrigin, readReturnUrl } from '../core/settings/urls.ts';
import {
  readChoice,
  readRegion,
  readRevenueCatProject,
  readTableName,
  readUserPoolId,
} from '../core/settings/values.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** Returns the names of the tables. Every function reads them, so the region is checked here. */
export function readTables(reader: EnvironmentReader) {
  reader.required('AWS_REGION', readRegion);
  const region = reader.region('DYNAMODB');
  const nameIn = (text: string) => readTableName(text, region);
  return {
    usersTable: reader.optional('USERS_TABLE', nameIn) ?? 'UserProfiles',
    entitlementsTable: reader.optional('ENTITLEMENTS_TABLE', nameIn) ?? 'predixa_entitlements',
  };
}

export function readPoolId(reader: EnvironmentReader): string | null {
  const region = reader.region('COGNITO_IDENTITY_PROVIDER');
  return reader.optional('COGNITO_USER_POOL_ID', (text) => readUserPoolId(text, region)) ?? null;
}

/** The same, for a function that does not work without it. */
export function readRequiredPoolId(reader: EnvironmentReader): string {
  const isSet = reader.raw('COGNITO_USER_POOL_ID') !== undefined;
  if (!isSet) reader.missing('COGNITO_USER_POOL_ID');
  return readPoolId(reader) ?? '';
}

export function readReturnPage(reader: EnvironmentReader, name: string): string | null {
  return reader.optional(name, readReturnUrl) ?? null;
}

/** The variables that `readStripe` reads. */
export const stripeEnvironment = [
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'STRIPE_MODE',
] as const;

/** Returns the source of the API key, and the base URL if it is not Stripe's own. */
export function readStripe(reader: EnvironmentReader) {
  reader.optional('STRIPE_MODE', (text) => readChoice(text, ['live', 'test']));
  return { apiKey: readSecretSource(reader, 'STRIPE_API_KEY'), stripeBase: reader.url('STRIPE_API_BASE') };
}

/** The variables that `readStores` reads. */
export const storesEnvironment = [
  'REVENUECAT_PROJECT_ID',
  'REVENUECAT_API_KEY',
  'REVENUECAT_API_KEY_SECRET_ARN',
  'REVENUECAT_API_BASE',
  'ALLOW_SANDBOX_PURCHASES',
] as const;

/** Returns the access to RevenueCat. Null without a project: then no app of this installation sells in a store. */
export function readStores(reader: EnvironmentReader): StoresConfig | null {
  if (reader.raw('REVENUECAT_PROJECT_ID') === undefined) return null;
  const projectId = reader.optional('REVENUECAT_PROJECT_ID', readRevenueCatProject) ?? '';
  return {
    projectId,
    apiKey: readSecretSource(reader, 'REVENUECAT_API_KEY'),
    base: reader.url('REVENUECAT_API_BASE'),
    allowSandbox: reader.flag('ALLOW_SANDBOX_PURCHASES'),
  };
}

/**
 * Returns the policy: the graces, what a late payment, a pause, a refund or a dispute means for access, and the order of plans.
 */
export function readAccessPolicy(reader: EnvironmentReader): AccessPolicy {
  const pastDueGraceDays = reader.amount('PAST_DUE_GRACE_DAYS', 0, limits.pastDueGraceDays);
  const past_due = pastDueGraceDays === 0 ? 'denied' : { graceSeconds: pastDueGraceDays * DAY_SECONDS };
  const table = reader.json('ACCESS_POLICY', {}, parsePolicyTable);
  return {
    renewalGraceSeconds: reader.amount('RENEWAL_GRACE_HOURS', 72, limits.renewalGraceHours) * HOUR_SECONDS,
    rules: { ...defaultRules, past_due, ...table?.rules },
    plans: table?.plans ?? {},
    planOrder: table?.planOrder ?? noPlanOrder,
  };
}

/** Returns what a refund or a dispute means for access, and the order of plans, for functions that decide on no access. */
export function readPlanPolicy(reader: EnvironmentReader): PlanPolicy & { readonly planOrder: PlanOrder } {
  const table = reader.json('ACCESS_POLICY', {}, parsePolicyTable);
  const planOrder = table?.planOrder ?? noPlanOrder;
  return { rules: { ...defaultRules, ...table?.rules }, plans: table?.plans ?? {}, planOrder };
}

/** Returns the order of plans, for functions that write rows and decide on no access. */
export function readPlanOrder(reader: EnvironmentReader): PlanOrder {
  return reader.json('ACCESS_POLICY', {}, parsePolicyTable)?.planOrder ?? noPlanOrder;
}

/** Returns the origins for CORS, and reports those that are none. */
export function readOrigins(reader: EnvironmentReader): readonly string[] {
  return reader.list('ALLOWED_ORIGINS', readOrigin, /[\s,;]+/);
}

/** The same without a report, so that the answer to a mistake in the configuration gets its CORS headers too. */
export function readAllowedOrigins(values: Environment): readonly string[] {
  return readOrigins(new EnvironmentReader(values));
}
