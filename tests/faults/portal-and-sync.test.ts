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

type Subscriber = Payer & { readonly sub: string; readonly methodId: string };

/** A user who has just paid and whose webhook has not arrived. */
async function justPaid(): Promise<Subscriber> {
  const sub = randomUUID();
  const payer = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: sub } });
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await rig.stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  const { data } = await rig.stage.stripe.customers.listPaymentMethods(payer.customerId);
  return { sub, methodId: data[0]?.id ?? sub, ...payer };
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

const routes = {
  sync: { name: 'checkout', method: 'POST', path: '/me/entitlements/sync' },
  portal: { name: 'billing-portal', method: 'POST', path: '/me/billing-portal-session' },
  billing: { name: 'billing', method: 'GET', path: '/me/billing' },
} as const;

function asking(
  route: keyof typeof routes,
  wrong: (subscriber: Subscriber, answer: Answered) => Promise<readonly string[]>,
): Scenario<Subscriber> {
  const { name, method, path } = routes[route];
  return {
    name,
    prepare: justPaid,
    marks: ({ sub, customerId, subscriptionId, methodId }) => [sub, customerId, subscriptionId, methodId],
    event: ({ sub }) => {
      const request = { method, path, claims: { sub, 'cognito:username': sub } };
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
  sync: asking('sync', async ({ sub }, { body }) => {
    const row = await rig.stage.entitlement(sub);
    return [
      ...(body['access_granted'] === true ? [] : [`access is ${JSON.stringify(body)}`]),
      ...(row?.['status'] === 'active' ? [] : ['the answer differs from the row']),
    ];
  }),
  portal: asking('portal', async (_, { body }) => {
    return typeof body['url'] === 'string' ? [] : ['the answer has no URL'];
  }),
  billing: asking('billing', async ({ subscriptionId }, { body }) => {
    const unavailable = body['unavailable'] as readonly string[];
    const charge = body['next_charge'] as { readonly subscription: string } | null;
    const said = charge?.subscription === subscriptionId || unavailable.includes('next_charge');
    const wrong = Object.keys(body).filter(
      (name) => body[name] === null && name !== 'manage_url' && !unavailable.includes(name),
    );
    return [
      ...(said ? [] : [`the next charge is ${JSON.stringify(charge)}`]),
      ...wrong.map((name) => `${name} is null, and not named`),
    ];
  }),
};

describe.each([
  ['A return from Checkout gets access, which the row has too, or a 503 that a retry resolves,', 'sync', 5],
  ['A portal request gets a URL, or a 503 that a retry resolves,', 'portal', 3],
  [
    'An account page gets every part or the name of what is missing, or a 503 that a retry resolves,',
    'billing',
    10,
  ],
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
