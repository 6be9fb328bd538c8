import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyedHash } from '../../adapters/system/hash.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { createRig, type Rig } from './rig.ts';

const DAYS = 7;

let rig: Rig;
let matrix: FaultMatrix;
beforeAll(async () => {
  rig = await createRig({ concurrency: 12, env: { SIGN_UP_TRIAL_DAYS: String(DAYS) } });
  matrix = (await runFaultMatrix(rig, { signUp })).signUp;
});
afterAll(() => rig.close());

interface Person {
  readonly sub: string;
  readonly email: string;
}

const claimKeyOf = ({ email }: Person) =>
  `trial#${keyedHash(rig.stage.env['TRIAL_HASH_KEY'] ?? '')(`email:${email}`)}`;

/** What is wrong with the trial, whatever failed: at most one, and recorded wherever a row gives it. */
async function problemsWithTrial(person: Person): Promise<readonly string[]> {
  const [row, claim] = [
    await rig.stage.entitlement(person.sub),
    await rig.stage.entitlement(claimKeyOf(person)),
  ];
  if (row?.['status'] !== 'trialing') return [];
  const claimedAt = Number(claim?.['claimed_at']);
  return [
    ...(claim?.['used'] === true ? [] : ['a trial that is not recorded']),
    ...(row['trial_expires_at'] === claimedAt + DAYS * 86_400 ? [] : ['a trial of another length']),
    ...(Date.parse(String(row['trial_started_at'])) === claimedAt * 1000 ? [] : ['another start']),
  ];
}

const signUp: Scenario<Person> = {
  name: 'post-confirmation',
  async prepare() {
    const sub = randomUUID();
    return { sub, email: `${sub}@example.com` };
  },
  marks: (person) => [person.sub, claimKeyOf(person)],
  event: ({ sub, email }) => ({
    version: '1',
    userPoolId: rig.stage.poolId,
    userName: sub,
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: { userAttributes: { sub, email, email_verified: 'true' } },
    response: {},
  }),
  problemsAfterAttempt: async (person, made) => [
    ...(made.ok || made.labels.length > 0 ? [] : ['nothing was tried']),
    ...(await problemsWithTrial(person)),
  ],
  async problemsAfterRetry(person, made) {
    const row = await rig.stage.entitlement(person.sub);
    return [
      ...(made.ok ? [] : ['the event was not returned']),
      ...(row?.['status'] === 'trialing' || row?.['status'] === 'none' ? [] : ['no entitlement']),
      ...(await problemsWithTrial(person)),
    ];
  },
};

describe('A sign-up with a trial gives no trial that is not recorded, and returns the event in time,', () => {
  it('without faults, in a run of at least 8 calls that can all fail', () => {
    expect(matrix).toMatchObject({ unmarked: 0, problems: [] });
    expect(matrix.steps.length).toBeGreaterThanOrEqual(8);
  });

  it.for(faultCaseTable)('when any of its calls %s', { timeout: 60_000 }, async ([, faultCase], { skip }) => {
    if (!matrix.tries(faultCase)) skip();
    expect(await matrix.problemsUnder(faultCase)).toEqual([]);
  });
});
