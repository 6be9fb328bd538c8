import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monthlyPrice, payingCustomer } from '../support/payers.ts';
import type { Item } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
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

interface Subscriber {
  readonly sub: string;
  readonly customerIds: readonly string[];
  readonly event: object;
  /** The row before the event, if there was one. */
  readonly before: Item | undefined;
  /** The state in Stripe. */
  readonly truth: Item;
}

async function payer() {
  const sub = randomUUID();
  const paying = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: sub } });
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: paying.customerId });
  const active = { status: 'active', plan: price, current_period_end: paying.periodEnd };
  return { sub, ...paying, active };
}

/** The event names no user, so the handler has to look up the owner. */
function eventOf(customerId: string, metadata: object = {}): object {
  const object = { id: 'sub_x', object: 'subscription', customer: customerId, metadata };
  return stripeEvent('customer.subscription.updated', object);
}

async function firstPayment(): Promise<Subscriber> {
  const { sub, customerId, active } = await payer();
  const row = { cognito_sub: sub, status: 'none', version: 1 };
  await rig.stage.putEntitlement(row);
  const customerIds = [customerId];
  return { sub, customerIds, event: eventOf(customerId), before: { status: 'none' }, truth: active };
}

async function missingRow(): Promise<Subscriber> {
  const { sub, customerId, active } = await payer();
  const customerIds = [customerId];
  return { sub, customerIds, event: eventOf(customerId), before: undefined, truth: active };
}

async function cancellation(): Promise<Subscriber> {
  const { sub, customerId, subscriptionId, active } = await payer();
  const seen = { stripe_customer_ids: [customerId], version: 7 };
  await rig.stage.putEntitlement({ cognito_sub: sub, ...active, ...seen });
  await rig.stage.stripe.subscriptions.cancel(subscriptionId);
  const event = eventOf(customerId, { cognito_sub: sub });
  return { sub, customerIds: [customerId], event, before: active, truth: { status: 'canceled' } };
}

async function duplicateCustomer(): Promise<Subscriber> {
  const { sub, customerId, active } = await payer();
  const duplicate = await rig.stage.stripe.customers.create({ metadata: { cognito_user_id: sub } });
  const seen = { stripe_customer_ids: [customerId], version: 7 };
  await rig.stage.putEntitlement({ cognito_sub: sub, ...active, ...seen });
  const customerIds = [customerId, duplicate.id];
  return { sub, customerIds, event: eventOf(duplicate.id), before: active, truth: active };
}

function delivery(prepare: () => Promise<Subscriber>): Scenario<Subscriber> {
  return {
    name: 'stripe-webhook',
    prepare,
    marks: ({ sub, customerIds }) => [sub, ...customerIds],
    event: ({ event }) => delivered(event),
    async problemsAfterAttempt({ sub, before, truth }, made) {
      const row = await rig.stage.entitlement(sub);
      const right = says(row, truth);
      const status = statusOf(made);
      return [
        ...(right || says(row, before) ? [] : [`the row was never right: ${JSON.stringify(row)}`]),
        ...(made.ok && status !== 200 && !(status >= 500 && status < 600) ? [`answered ${status}`] : []),
        ...(status === 200 && !right ? ['answered 200, although the row is wrong'] : []),
      ];
    },
    async problemsAfterRetry({ sub, truth }, made) {
      const row = await rig.stage.entitlement(sub);
      return [
        ...(statusOf(made) === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
        ...(says(row, truth) && row?.['provisional'] === undefined
          ? []
          : [`the row: ${JSON.stringify(row)}`]),
      ];
    },
  };
}

function statusOf(made: Attempt): number {
  return made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
}

const facts = ['status', 'plan', 'current_period_end'] as const;

/** Returns whether the row states exactly these facts, or no facts if there are none. */
function says(row: Item | undefined, truth: Item | undefined): boolean {
  if (row === undefined || truth === undefined) return row === truth;
  return facts.every((fact) => row[fact] === truth[fact]);
}

const scenarios = {
  firstPayment: delivery(firstPayment),
  missingRow: delivery(missingRow),
  cancellation: delivery(cancellation),
  duplicateCustomer: delivery(duplicateCustomer),
};

describe.each([
  ['The event of a first payment', 'firstPayment', 5],
  ['The event of a payment by a user without a row', 'missingRow', 7],
  ['The event of a canceled subscription', 'cancellation', 3],
  ['An event of a duplicate customer', 'duplicateCustomer', 6],
] as const)(
  '%s is answered 200 only if the row is right, and otherwise 5xx until a redelivery corrects the row,',
  (...row) => {
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
      { timeout: 60_000 },
      async ([, faultCase], { skip }) => {
        if (!matrix.tries(faultCase)) skip();
        expect(await matrix.problemsUnder(faultCase)).toEqual([]);
      },
    );
  },
);
