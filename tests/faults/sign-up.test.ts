import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
let matrix: FaultMatrix;
beforeAll(async () => {
  rig = await createRig({ concurrency: 12 });
  matrix = (await runFaultMatrix(rig, { signUp })).signUp;
});
afterAll(() => rig.close());

interface NewUser {
  readonly sub: string;
  readonly event: object;
}

async function customersOf(sub: string): Promise<readonly string[]> {
  const { data } = await rig.stage.stripe.customers.search({ query: `metadata['cognito_sub']:'${sub}'` });
  return data.map(({ id }) => id);
}

const signUp: Scenario<NewUser> = {
  name: 'post-confirmation',
  async prepare() {
    const sub = randomUUID();
    const userAttributes = { sub, email: `${sub}@example.com`, given_name: 'Ada', family_name: 'Lovelace' };
    const event = {
      version: '1',
      userPoolId: rig.stage.poolId,
      userName: sub,
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      request: { userAttributes },
      response: {},
    };
    return { sub, event };
  },
  marks: ({ sub }) => [sub],
  event: ({ event }) => event,
  /** A run that exceeds Cognito's five seconds ends with an error, so every answer was in time. */
  async problemsAfterAttempt({ sub, event }, made) {
    const customers = await customersOf(sub);
    return [
      ...(made.ok && !isDeepStrictEqual(made.payload, event) ? ['the event was not returned'] : []),
      ...(customers.length > 1 ? [`${customers.length} customers`] : []),
    ];
  },
  async problemsAfterRetry({ sub, event }, made) {
    const [customer, ...others] = await customersOf(sub);
    const profile = await rig.stage.profile(sub);
    const entitlement = await rig.stage.entitlement(sub);
    return [
      ...(made.ok && isDeepStrictEqual(made.payload, event) ? [] : ['the event was not returned']),
      ...(customer === undefined ? ['no customer'] : []),
      ...(others.length > 0 ? ['more than one customer'] : []),
      ...(profile === undefined ? ['no profile'] : []),
      ...(profile?.['stripeCustomerId'] === customer ? [] : ['the profile is not linked to the customer']),
      ...(entitlement?.['status'] === 'none' ? [] : ['no entitlement']),
    ];
  },
};

describe('A sign-up returns the event within five seconds and creates at most one customer, and a retry completes it,', () => {
  it('without faults, in a run of at least 5 calls that can all fail', () => {
    expect(matrix).toMatchObject({ unmarked: 0, problems: [] });
    expect(matrix.steps.length).toBeGreaterThanOrEqual(5);
  });

  it.for(faultCaseTable)('when any of its calls %s', { timeout: 60_000 }, async ([, faultCase], { skip }) => {
    if (!matrix.tries(faultCase)) skip();
    expect(await matrix.problemsUnder(faultCase)).toEqual([]);
  });
});
