/** Reads the settings that several functions share. */
import type { StoresConfig } from '../adapters/revenuecat/access.ts';
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';
import { readSecretSource } from '../adapters/system/secret.ts';
import { noPlanOrder, type PlanOrder } from '../core/entitlement/plan-order.ts';
import { type AccessPolicy, defaultRules, parsePolicyTable } from '../core/entitlement/policy.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

export function readTables(reader: EnvironmentReader) {
  return {
    usersTable: reader.optional('USERS_TABLE') ?? 'UserProfiles',
    entitlementsTable: reader.optional('ENTITLEMENTS_TABLE') ?? 'predixa_entitlements',
  };
}

/** Returns the source of the API key, and the base URL if it is not Stripe's own. */
export function readStripe(reader: EnvironmentReader) {
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
  const projectId = reader.optional('REVENUECAT_PROJECT_ID');
  if (projectId === undefined) return null;
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
  const pastDueGraceDays = reader.amount('PAST_DUE_GRACE_DAYS', 0);
  const past_due = pastDueGraceDays === 0 ? 'denied' : { graceSeconds: pastDueGraceDays * DAY_SECONDS };
  const table = reader.json('ACCESS_POLICY', {}, parsePolicyTable);
  return {
    renewalGraceSeconds: reader.amount('RENEWAL_GRACE_HOURS', 72) * HOUR_SECONDS,
    rules: { ...defaultRules, past_due, ...table?.rules },
    plans: table?.plans ?? {},
    planOrder: table?.planOrder ?? noPlanOrder,
  };
}

/** Returns the order of plans, for functions that write rows and decide on no access. */
export function readPlanOrder(reader: EnvironmentReader): PlanOrder {
  return reader.json('ACCESS_POLICY', {}, parsePolicyTable)?.planOrder ?? noPlanOrder;
}

/** Returns the origins for CORS. They are read separately, so that a configuration error also gets its CORS headers. */
export function readAllowedOrigins(values: Environment): readonly string[] {
  return new EnvironmentReader(values).list('ALLOWED_ORIGINS');
}
