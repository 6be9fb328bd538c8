/** The settings that several functions share, each read in one place. */
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';
import { readSecretSource } from '../adapters/system/secret.ts';
import { type AccessPolicy, defaultRules, readPolicyTable } from '../core/entitlement/policy.ts';

const SECONDS_AN_HOUR = 3_600;
const SECONDS_A_DAY = 86_400;

export function readTables(reader: EnvironmentReader) {
  return {
    usersTable: reader.optional('USERS_TABLE') ?? 'UserProfiles',
    entitlementsTable: reader.optional('ENTITLEMENTS_TABLE') ?? 'predixa_entitlements',
  };
}

/** The key, or the ARN that names it, and another server than Stripe's own. */
export function readStripe(reader: EnvironmentReader) {
  return { apiKey: readSecretSource(reader, 'STRIPE_API_KEY'), stripeBase: reader.url('STRIPE_API_BASE') };
}

/** How long access outlives the time paid for, and what being late, paused or refunded means for it. */
export function readAccessPolicy(reader: EnvironmentReader): AccessPolicy {
  const pastDueGraceDays = reader.amount('PAST_DUE_GRACE_DAYS', 0);
  const past_due = pastDueGraceDays === 0 ? 'denied' : { graceSeconds: pastDueGraceDays * SECONDS_A_DAY };
  const table = reader.json('ACCESS_POLICY', {}, readPolicyTable);
  return {
    renewalGraceSeconds: reader.amount('RENEWAL_GRACE_HOURS', 72) * SECONDS_AN_HOUR,
    rules: { ...defaultRules, past_due, ...table?.rules },
    plans: table?.plans ?? {},
  };
}

/** The sites whose pages may read an answer. Read apart from the rest, so that errors reach them too. */
export function readAllowedOrigins(values: Environment): readonly string[] {
  return new EnvironmentReader(values).list('ALLOWED_ORIGINS');
}
