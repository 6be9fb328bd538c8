import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { monthlyPrice, type Payer, payingCustomer } from '../support/payers.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { type Attempt, createRig, type Rig } from './rig.ts';

let rig: Rig;
let price: string;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createRig();
  price = await monthlyPrice(rig.stage);
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

type Subscriber = Payer & { readonly sub: string };

/** A user who has just paid and whose webhook has not arrived. */
async function justPaid(): Promise<Subscriber> {
  const sub = randomUUID();
  const payer = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: sub } });
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await rig.stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return { sub, ...payer };
}

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function answerIn(made: Attempt): Answered {
  if (!made.ok) return { status: 0, body: {} };
  const { statusCode, body } = made.payload as { statusCode: number; body: string };
  return { status: statusCode, body: JSON.parse(body) as Answered['body'] };
}

const paths = {
  checkout: '/me/entitlements/sync',
  'billing-portal': '/me/billing-portal-session',
} as const;

function asking(
  name: keyof typeof paths,
  wrong: (subscriber: Subscriber, answer: Answered) => Promise<readonly string[]>,
): Scenario<Subscriber> {
  return {
    name,
    prepare: justPaid,
    marks: ({ sub, customerId, subscriptionId }) => [sub, customerId, subscriptionId],
    event: ({ sub }) => {
      const request = { method: 'POST', path: paths[name], claims: { sub, 'cognito:username': sub } };
      return apiEvent('http', { ...request, body: '{}' });
    },
    async problemsAfterAttempt(subscriber, made) {
      const answer = answerIn(made);
      if (answer.status === 200) return wrong(subscriber, answer);
      const reported = !made.ok || (answer.status >= 500 && answer.body['code'] !== undefined);
      return reported ? [] : [`answered ${JSON.stringify(answer)}`];
    },
    async problemsAfterRetry(subscriber, made) {
      const answer = answerIn(made);
      if (answer.status !== 200) return [`answered ${JSON.stringify(answer)}`];
      return wrong(subscriber, answer);
    },
  };
}

const scenarios = {
  sync: asking('checkout', async ({ sub }, { body }) => {
    const row = await rig.stage.entitlement(sub);
    return [
      ...(body['access_granted'] === true ? [] : [`access is ${JSON.stringify(body)}`]),
      ...(row?.['status'] === 'active' ? [] : ['the answer differs from the row']),
    ];
  }),
  portal: asking('billing-portal', async (_, { body }) => {
    return typeof body['url'] === 'string' ? [] : ['the answer has no URL'];
  }),
};

describe.each([
  ['A return from Checkout gets access, which the row has too, or a 503 that a retry resolves,', 'sync', 5],
  ['A portal request gets a URL, or a 503 that a retry resolves,', 'portal', 3],
] as const)('%s', (...row) => {
  const [, title, calls] = row;
  let matrix: FaultMatrix;
  beforeAll(() => {
    matrix = matrices[title];
  });

  it(`without faults, in a run of at least ${calls} calls that can all fail`, () => {
    expect(matrix).toMatchObject({ unmarked: 0, problems: [] });
    expect(matrix.steps.length).toBeGreaterThanOrEqual(calls);
  });

  it.for(faultCaseTable)(
    'when any of its calls %s',
    { timeout: 120_000 },
    async ([, faultCase], { skip }) => {
      if (!matrix.tries(faultCase)) skip();
      expect(await matrix.problemsUnder(faultCase)).toEqual([]);
    },
  );
});
