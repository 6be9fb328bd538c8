/** A change of a subscription is carried out whole, or its repetition completes it, and it is billed once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { pricesOn } from '../support/buyers.ts';
import { type Payer, payingCustomer } from '../support/payers.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { type Attempt, createRig, type Rig } from './rig.ts';

let rig: Rig;
let prices: Awaited<ReturnType<typeof pricesOn>>;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createRig();
  prices = await pricesOn(rig.stage);
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

/** `mark`: an id that the calls which name nothing else of the user contain. */
type Subscriber = Payer & { readonly sub: string; readonly mark?: string };

async function subscribed(price: string): Promise<Subscriber> {
  const sub = randomUUID();
  const payer = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: sub } });
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await rig.stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return { sub, ...payer };
}

/** A subscriber with a planned change, in a state that a request has to undo first. */
async function withPlan(): Promise<Subscriber> {
  const who = await subscribed(prices.yearly);
  const { stripe } = rig.stage;
  const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: who.subscriptionId });
  const [phase] = phases;
  const now = { start_date: phase?.start_date ?? 0, end_date: phase?.end_date ?? 0 };
  await stripe.subscriptionSchedules.update(id, {
    metadata: { predixa_planned: 'true' },
    phases: [{ ...now, items: [{ price: prices.yearly }] }, { items: [{ price: prices.monthly }] }],
  });
  return { ...who, mark: id };
}

/** A subscriber of a yearly plan whose price no one else has. */
async function yearly(): Promise<Subscriber> {
  const { stripe } = rig.stage;
  const { product } = await stripe.prices.retrieve(prices.yearly);
  const terms = { currency: 'usd', unit_amount: 990, recurring: { interval: 'year' } } as const;
  const { id } = await stripe.prices.create({
    ...terms,
    product: typeof product === 'string' ? product : product.id,
  });
  return { ...(await subscribed(id)), mark: id };
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

interface Asked {
  readonly body: object;
  readonly prepare: () => Promise<Subscriber>;
  readonly outcome: string;
  /** What is wrong with the subscription once the request is carried out. */
  readonly wrong: (who: Subscriber) => Promise<readonly string[]>;
  readonly invoices: number;
}

function asking({ body, prepare, outcome, wrong, invoices }: Asked): Scenario<Subscriber> {
  const billed = async ({ subscriptionId }: Subscriber) => {
    const { data } = await rig.stage.stripe.invoices.list({ subscription: subscriptionId });
    return data.length <= invoices ? [] : [`has ${data.length} invoices`];
  };
  const carriedOut = async (who: Subscriber, answer: Answered) => {
    const row = await rig.stage.entitlement(who.sub);
    return [
      ...(answer.body['outcome'] === outcome ? [] : [`is answered ${JSON.stringify(answer.body)}`]),
      ...(row?.['subscription_id'] === who.subscriptionId ? [] : ['the row does not show the subscription']),
      ...(await wrong(who)),
    ];
  };
  return {
    name: 'subscription',
    prepare,
    marks: ({ sub, customerId, subscriptionId, mark = sub }) => [sub, customerId, subscriptionId, mark],
    event: ({ sub }) =>
      apiEvent('http', {
        method: 'POST',
        path: '/me/subscription',
        claims: { sub },
        body: JSON.stringify(body),
      }),
    async problemsAfterAttempt(who, made) {
      const answer = answerIn(made);
      if (answer.status === 200) return [...(await carriedOut(who, answer)), ...(await billed(who))];
      const isRetryable = answer.status >= 500 || answer.body['code'] === 'change_in_progress';
      return !made.ok || isRetryable ? billed(who) : [`answered ${JSON.stringify(answer)}`];
    },
    async problemsAfterRetry(who, made) {
      const answer = answerIn(made);
      if (answer.status !== 200) return [`answered ${JSON.stringify(answer)}`];
      return [...(await carriedOut(who, answer)), ...(await billed(who))];
    },
  };
}

const read = ({ subscriptionId }: Subscriber) =>
  rig.stage.stripe.subscriptions.retrieve(subscriptionId, { expand: ['schedule'] });

const scenarios = {
  upgrade: asking({
    body: { change: { price: 'pro_yearly' } },
    prepare: () => subscribed(prices.monthly),
    outcome: 'changed',
    wrong: async (who) => {
      const { items } = await read(who);
      return items.data[0]?.price.id === prices.yearly ? [] : ['the plan is the one of before'];
    },
    invoices: 2,
  }),
  downgrade: asking({
    body: { change: { price: 'pro_monthly' } },
    prepare: yearly,
    outcome: 'scheduled',
    wrong: async (who) => {
      const { items, schedule } = await read(who);
      const phases = typeof schedule === 'object' ? (schedule?.phases ?? []) : [];
      return [
        ...(items.data[0]?.price.id === who.mark ? [] : ['the plan has changed before its time']),
        ...(phases.length === 2 ? [] : ['nothing is planned']),
      ];
    },
    invoices: 1,
  }),
  cancellation: asking({
    body: { cancel: { feedback: 'unused' } },
    prepare: withPlan,
    outcome: 'ending',
    wrong: async (who) => {
      const { cancel_at_period_end: ends, schedule, status } = await read(who);
      return ends && schedule === null && status === 'active' ? [] : ['it does not end with its period'];
    },
    invoices: 1,
  }),
  resumption: asking({
    body: { resume: {} },
    prepare: withPlan,
    outcome: 'resumed',
    wrong: async (who) => ((await read(who)).schedule === null ? [] : ['the change is still planned']),
    invoices: 1,
  }),
};

describe.each([
  ['An upgrade applies once and is billed once, or its repetition completes it,', 'upgrade', 8],
  ['A downgrade is planned whole, or its repetition completes it,', 'downgrade', 10],
  [
    'A cancellation undoes what is planned and ends with the period, or its repetition completes it,',
    'cancellation',
    9,
  ],
  ['A planned change is undone, or its repetition completes that,', 'resumption', 8],
] as const)('%s', (...row) => {
  const [, title, calls] = row;
  let matrix: FaultMatrix;
  beforeAll(() => {
    matrix = matrices[title];
  });

  it(`without faults, in a run of at least ${calls} calls that can all fail`, () => {
    expect(matrix.problems).toEqual([]);
    // The prices, which are everyone’s, and a schedule before it is written.
    expect(matrix.unmarked).toBeLessThanOrEqual(2);
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
