/** The environment of `entitlements-api`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readAccessPolicy } from '../access-policy.ts';

export const environment = [
  'AWS_REGION',
  'ENTITLEMENTS_TABLE',
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    entitlementsTable: reader.optional('ENTITLEMENTS_TABLE') ?? 'predixa_entitlements',
    policy: readAccessPolicy(reader),
  });
}
