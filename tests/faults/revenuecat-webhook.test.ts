import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody } from '../../revenuecat-simulator/index.ts';
import type { Item } from '../support/stage.ts';
import { storeDelivery } from '../support/stores.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import {
  type Bought,
  buyInStore,
  createStoreRig,
  lastEvent,
  type StoreRig,
  says,
  statusOf,
  syncedRows,
} from './store-rig.ts';

let rig: StoreRig;
let writeSynced: (bought: Bought) => Promise<void>;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createStoreRig();
  writeSynced = await syncedRows(rig);
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

/** A row that the event concerns: what it said before, and what RevenueCat says. */
interface Concerned {
  readonly sub: string;
  readonly before: Item | undefined;
  readonly truth: Item;
}

interface Delivery {
  readonly event: EventBody;
  readonly productId: string;
  readonly rows: readonly Concerned[];
}

const nothing = { status: 'none', plan: undefined };

async function firstPurchase(): Promise<Delivery> {
  const sub = await rig.stage.account();
  const { event, productId, active } = buyInStore(rig, sub);
  return { event, productId, rows: [{ sub, before: nothing, truth: active }] };
}

async function missingRow(): Promise<Delivery> {
  const sub = randomUUID();
  await rig.stage.putProfile({ userId: sub });
  const { event, productId, active } = buyInStore(rig, sub);
  return { event, productId, rows: [{ sub, before: undefined, truth: active }] };
}

async function refund(): Promise<Delivery> {
  const sub = await rig.stage.account();
  const bought = buyInStore(rig, sub);
  await writeSynced(bought);
  rig.stage.revenuecat.refund(bought.id);
  const { productId, active } = bought;
  const truth = { status: 'canceled', plan: undefined };
  return { event: lastEvent(rig.stage), productId, rows: [{ sub, before: active, truth }] };
}

async function transfer(): Promise<Delivery> {
  const [from, to] = [await rig.stage.account(), await rig.stage.account()];
  const bought = buyInStore(rig, from);
  await writeSynced(bought);
  rig.stage.revenuecat.transfer(from, to);
  const { productId, active } = bought;
  return {
    event: lastEvent(rig.stage),
    productId,
    rows: [
      { sub: from, before: active, truth: nothing },
      { sub: to, before: nothing, truth: active },
    ],
  };
}

function delivery(prepare: () => Promise<Delivery>): Scenario<Delivery> {
  return {
    name: 'revenuecat-webhook',
    prepare,
    marks: ({ productId, rows }) => [productId, ...rows.map(({ sub }) => sub)],
    event: ({ event }) => storeDelivery({ api_version: '1.0', event }),
    async problemsAfterAttempt({ rows }, made) {
      const status = statusOf(made);
      const found = await Promise.all(rows.map(({ sub }) => rig.stage.entitlement(sub)));
      const isRight = rows.map(({ truth }, index) => says(found[index], truth));
      const neverRight = rows.flatMap(({ before, truth }, index) =>
        isRight[index] || says(found[index], before) || letsIn(status, found[index], truth)
          ? []
          : [JSON.stringify(found[index])],
      );
      return [
        ...neverRight.map((row) => `the row was never right: ${row}`),
        ...(made.ok && status !== 200 && !(status >= 500 && status < 600) ? [`answered ${status}`] : []),
        ...(status === 200 && isRight.includes(false) ? ['answered 200, although a row is wrong'] : []),
      ];
    },
    async problemsAfterRetry({ rows }, made) {
      const found = await Promise.all(rows.map(({ sub }) => rig.stage.entitlement(sub)));
      const wrong = rows.flatMap(({ truth }, index) => {
        const row = found[index];
        return says(row, truth) && row?.['provisional'] === undefined ? [] : [JSON.stringify(row)];
      });
      return [
        ...(statusOf(made) === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
        ...wrong.map((row) => `the row: ${row}`),
      ];
    },
  };
}

/**
 * Access does not depend on the store's name of the product, so a row may have RevenueCat's own until the redelivery, which
 * the answer asks for.
 */
function letsIn(status: number, row: Item | undefined, truth: Item): boolean {
  return status >= 500 && row?.['status'] === 'active' && truth['status'] === 'active';
}

const scenarios = {
  firstPurchase: delivery(firstPurchase),
  missingRow: delivery(missingRow),
  refund: delivery(refund),
  transfer: delivery(transfer),
};

describe.each([
  ['The event of a first purchase', 'firstPurchase', 5],
  ['The event of a purchase by a user without a row', 'missingRow', 8],
  ['The event of a refund', 'refund', 5],
  ['The event of a transfer', 'transfer', 9],
] as const)(
  '%s is answered 200 only if every row is right, and otherwise 5xx until a redelivery corrects it,',
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
      { timeout: 120_000 },
      async ([, faultCase], { skip }) => {
        if (!matrix.tries(faultCase)) skip();
        expect(await matrix.problemsUnder(faultCase)).toEqual([]);
      },
    );
  },
);
