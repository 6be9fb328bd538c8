/** Finds trials of the past that are not recorded, so that the same person cannot get a second one. */
import type { PoolUser } from '../../account/pool-user.ts';
import { scanResult } from '../page.ts';
import { type Plan, type RepairServices, repairPlan } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface TrialDrift extends DriftFacts {
  readonly reason: 'trial_not_recorded';
  readonly user: PoolUser;
  readonly customerId: string;
}

const shared = {
  reasons: {
    trial_not_recorded: {
      meaning: 'The user’s row shows a trial, and no trial claim records it.',
      repair: 'Records the trial under `TRIAL_HASH_KEY` (`trial_recorded`).',
    },
  },
  scan,
  plan,
};

/** A backfill checks trials twice: a row's trial may disappear with its first sync, or first appear with it. */
export const formerTrials = defineCheck({
  ...shared,
  name: 'former_trials',
  optIn: 'in `backfill`, before rows are synced',
  reads: 'every user of the Cognito pool, and the user’s row',
});

export const trials = defineCheck({
  ...shared,
  name: 'trials',
  optIn: 'in `backfill`, after rows are synced',
  reads: 'every user of the Cognito pool, and the user’s row',
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'users' | 'rowsOf' | 'unrecordedTrials'>): Promise<ScanResult<TrialDrift>> {
  const page = await listings.users(cursor);
  const rows = await listings.rowsOf(page.items.map(({ sub }) => sub));
  const withTrial = page.items.filter(({ sub }) => (rows.get(sub)?.trialExpiresAt ?? null) !== null);
  const unrecorded = await listings.unrecordedTrials(withTrial);
  return scanResult(page, (user) => {
    const { sub } = user;
    if (!unrecorded.has(sub)) return undefined;
    const customerId = rows.get(sub)?.customerIds[0] ?? '';
    return { reason: 'trial_not_recorded', subjectId: sub, sub, user, customerId };
  });
}

async function plan(
  { recordTrial }: Pick<RepairServices, 'recordTrial'>,
  { user, customerId }: TrialDrift,
): Promise<Plan> {
  return repairPlan('trial_recorded', async () => {
    await recordTrial(user, customerId);
    return 'trial_recorded';
  });
}
