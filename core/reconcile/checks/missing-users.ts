/** Finds profiles whose user was deleted in Cognito itself, where no trigger and no event reports it. */
import { scanResult } from '../page.ts';
import { endPlan, type Plan } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface MissingUser extends DriftFacts {
  readonly reason: 'user_missing';
}

export const missingUsers = defineCheck({
  name: 'missing_users',
  optIn: null,
  reads: 'every profile; Cognito is asked about a share of them in each run',
  reasons: {
    user_missing: {
      meaning: 'Cognito does not know the user of the profile: an administrator or the app deleted it there.',
      repair:
        'Deletes the account behind [the gate](#what-is-ended), like one whose user requested it (`account_deleted`).',
    },
  },
  scan,
  plan,
});

/**
 * Two runs a day ask about each profile once in about a week. The number is odd, so that one run a day also asks about
 * all of them.
 */
const SHARES = 13;
const SHARE_SECONDS = 12 * 3_600;

async function scan({
  listings,
  cursor,
  nowSeconds,
}: ScanRequest<'profiles' | 'missingUsers'>): Promise<ScanResult<MissingUser>> {
  const page = await listings.profiles(cursor);
  // A small table costs no more than one page of questions.
  const isWhole = cursor === null && page.next === null;
  const asked = page.items
    .filter(({ deletion }) => deletion === null)
    .map(({ userId }) => userId)
    .filter((sub) => isWhole || isDue(sub, nowSeconds));
  const missing = await listings.missingUsers(asked);
  return scanResult(page, ({ userId }) =>
    missing.has(userId) ? { reason: 'user_missing', subjectId: userId, sub: userId } : undefined,
  );
}

/** Returns whether a run at this time asks Cognito about the user. */
export function isDue(sub: string, nowSeconds: number): boolean {
  return shareOf(sub) === Math.floor(nowSeconds / SHARE_SECONDS) % SHARES;
}

function shareOf(sub: string): number {
  let hash = 0;
  for (const character of sub) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return hash % SHARES;
}

async function plan(_: unknown, { subjectId }: MissingUser): Promise<Plan> {
  return endPlan({ kind: 'account', sub: subjectId });
}
