/** How long access outlives the time paid for, as the environment says. */
import type { EnvironmentReader } from '../adapters/system/environment.ts';
import type { AccessPolicy } from '../core/entitlement/access.ts';

const SECONDS_AN_HOUR = 3_600;
const SECONDS_A_DAY = 86_400;

export function readAccessPolicy(reader: EnvironmentReader): AccessPolicy {
  return {
    renewalGraceSeconds: reader.amount('RENEWAL_GRACE_HOURS', 72) * SECONDS_AN_HOUR,
    pastDueGraceSeconds: reader.amount('PAST_DUE_GRACE_DAYS', 0) * SECONDS_A_DAY,
  };
}
