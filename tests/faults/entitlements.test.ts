import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import type { Item } from '../support/stage.ts';
import { DAY } from '../support/subscriptions.ts';
import { attackTable } from './attacks.ts';
import { createRig, type Rig } from './rig.ts';
import { besiege, type Made, type Scenario, type Siege } from './siege.ts';

let rig: Rig;
let siege: Siege;
beforeAll(async () => {
  rig = await createRig({ atOnce: 16 });
  siege = (await besiege(rig, { reading })).reading;
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
  async wrongAfterAttempt(row, made) {
    const { statusCode, body } = answerOf(made);
    const refused = typeof statusCode === 'number' && statusCode >= 500 && statusCode < 600;
    return [
      ...(!made.ok || refused || tellsOfAccess(body) ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(await wrongWrites(row, made)),
    ];
  },
  async wrongAfterRetry(row, made) {
    const { statusCode, body } = answerOf(made);
    return [
      ...(statusCode === 200 && tellsOfAccess(body) ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(await wrongWrites(row, made)),
    ];
  },
};

const subOf = (row: Item) => String(row['cognito_sub']);

function answerOf(made: Made): { readonly statusCode?: unknown; readonly body?: unknown } {
  return made.ok ? (made.payload as Item) : {};
}

function tellsOfAccess(body: unknown): boolean {
  const { status, access_granted: granted } = JSON.parse(String(body)) as Item;
  return status === 'active' && granted === true;
}

async function wrongWrites(row: Item, { labels }: Made): Promise<readonly string[]> {
  const standing = await rig.stage.entitlement(subOf(row));
  return [
    ...(isDeepStrictEqual(standing, row) ? [] : ['the row has changed']),
    ...labels.filter((label) => label !== 'GetItem ENTITLEMENTS_TABLE'),
  ];
}

describe('a subscriber is told of the subscription, or 5xx: never a false "none", and nothing is written', () => {
  it('without faults: one read, which can be hit', () => {
    expect(siege).toMatchObject({ steps: [{ occurrence: 1 }], unmarked: 0, wrong: [] });
  });

  it.each(attackTable)('when the read %s', { timeout: 60_000 }, async (_, attack) => {
    expect(await siege.wrongUnder(attack)).toEqual([]);
  });
});
