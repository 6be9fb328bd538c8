import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import type { Item } from '../support/stage.ts';
import { DAY } from '../support/subscriptions.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, type InvocationRecord, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
let matrix: FaultMatrix;
beforeAll(async () => {
  rig = await createRig();
  matrix = (await runFaultMatrix(rig, { reading })).reading;
});
afterAll(() => rig.close());

const reading: Scenario<Item> = {
  name: 'entitlements-api',
  async prepare() {
    const current_period_end = Math.floor(Date.now() / 1000) + 20 * DAY;
    const row = {
      cognito_sub: randomUUID(),
      status: 'active',
      plan: 'price_pro',
      current_period_end,
      version: 3,
    };
    await rig.stage.putEntitlement(row);
    return row;
  },
  marks: (row) => [subOf(row)],
  event: (row) => apiEvent('http', { path: '/me/entitlements', claims: { sub: subOf(row) } }),
  async problemsAfterAttempt(row, made) {
    const { statusCode, body } = answerOf(made);
    const refused = typeof statusCode === 'number' && statusCode >= 500 && statusCode < 600;
    return [
      ...(!made.ok || refused || showsAccess(body) ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(await wrongWrites(row, made)),
    ];
  },
  async problemsAfterRetry(row, made) {
    const { statusCode, body } = answerOf(made);
    return [
      ...(statusCode === 200 && showsAccess(body) ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(await wrongWrites(row, made)),
    ];
  },
};

const subOf = (row: Item) => String(row['cognito_sub']);

function answerOf(made: InvocationRecord): { readonly statusCode?: unknown; readonly body?: unknown } {
  return made.ok ? (made.payload as Item) : {};
}

function showsAccess(body: unknown): boolean {
  const { status, access_granted: granted } = JSON.parse(String(body)) as Item;
  return status === 'active' && granted === true;
}

async function wrongWrites(row: Item, { labels }: InvocationRecord): Promise<readonly string[]> {
  const current = await rig.stage.entitlement(subOf(row));
  return [
    ...(isDeepStrictEqual(current, row) ? [] : ['the row has changed']),
    ...labels.filter((label) => label !== 'GetItem ENTITLEMENTS_TABLE'),
  ];
}

describe('A subscriber gets the right entitlements or a 5xx, never a false "none", and nothing is written,', () => {
  it('without faults, in a run of one read that can fail', () => {
    expect(matrix).toMatchObject({ steps: [{ occurrence: 1 }], unmarked: 0, problems: [] });
  });

  it.for(faultCaseTable)('when the read %s', { timeout: 60_000 }, async ([, faultCase], { skip }) => {
    if (!matrix.tries(faultCase)) skip();
    expect(await matrix.problemsUnder(faultCase)).toEqual([]);
  });
});
