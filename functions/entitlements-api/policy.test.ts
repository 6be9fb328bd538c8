/** The configured policy: what each situation means for access, for all plans and for one, when the row is read. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { createStage, type Item, type Stage } from '../../tests/support/stage.ts';

const DAY = 86_400;
const now = () => Math.floor(Date.now() / 1000);
const policy = {
  past_due: 'grace 3 days',
  refunded: 'granted',
  plans: {
    price_gold: { past_due: 'granted', unpaid: 'granted', paused: 'granted', dispute_lost: 'granted' },
    price_lead: {
      past_due: 'denied',
      collection_paused: 'denied',
      refunded: 'denied',
      dispute_open: 'denied',
    },
  },
};

let byDefault: Stage;
let configured: Stage;
beforeAll(async () => {
  byDefault = await createStage();
  configured = await createStage({ env: { ACCESS_POLICY: JSON.stringify(policy) } });
});
afterAll(async () => {
  await byDefault.close();
  await configured.close();
});

async function hasAccess(stage: Stage, attributes: Item): Promise<unknown> {
  const sub = randomUUID();
  const item = { cognito_sub: sub, ...attributes };
  await stage.putEntitlement(item);
  const { body } = await stage.call('entitlements-api', httpEvent({ claims: { sub } }));
  // A different policy changes the answer, never the row.
  expect(await stage.entitlement(sub)).toEqual(item);
  return body['access_granted'];
}

const paid = { subscription_id: 'sub_a', current_period_end: now() + 20 * DAY };
const active = { ...paid, status: 'active', stripe_status: 'active' };
const situations: Readonly<Record<string, Item>> = {
  'past due for a day': {
    ...paid,
    status: 'past_due',
    stripe_status: 'past_due',
    past_due_since: now() - DAY,
  },
  'past due for four days': {
    ...paid,
    status: 'past_due',
    stripe_status: 'past_due',
    past_due_since: now() - 4 * DAY,
  },
  unpaid: { ...paid, status: 'past_due', stripe_status: 'unpaid', past_due_since: now() - DAY },
  paused: { ...paid, status: 'canceled', stripe_status: 'paused' },
  'collection paused': { ...active, collection_paused: true },
  refunded: { ...active, reversal: 'refunded' },
  'dispute open': { ...active, reversal: 'dispute_open' },
  'dispute lost': { ...active, reversal: 'dispute_lost' },
};

describe.each([
  //                         default, price_any, price_gold, price_lead
  ['past due for a day', false, true, true, false],
  ['past due for four days', false, false, true, false],
  ['unpaid', false, false, true, false],
  ['paused', false, false, true, false],
  ['collection paused', true, true, true, false],
  ['refunded', false, true, true, false],
  ['dispute open', true, true, true, false],
  ['dispute lost', false, false, true, false],
] as const)('A subscription that is: %s', (situation, defaults, any, gold, lead) => {
  it('gives access as the policy says, for all plans and for one', async () => {
    const attributes = situations[situation] ?? {};
    expect(await hasAccess(byDefault, { ...attributes, plan: 'price_gold' })).toBe(defaults);
    expect(await hasAccess(configured, { ...attributes, plan: 'price_any' })).toBe(any);
    expect(await hasAccess(configured, { ...attributes, plan: 'price_gold' })).toBe(gold);
    expect(await hasAccess(configured, { ...attributes, plan: 'price_lead' })).toBe(lead);
  });
});

it.each([
  '{"past_due": "maybe"}',
  '{"plans": {"price_a": {"odd": "granted"}}}',
  '{"refunded": "grace 3 days"}',
  '{"plan_order": "pro"}',
  '{"plan_order": ["pro", 1]}',
  '{"plan_order": ["pro", ["basic", "pro"]]}',
  '{"plan_order": [""]}',
  '{"plan_orders": ["pro"]}',
  '[]',
  'granted',
])('An invalid policy (%s) gives no access by mistake: the log names the setting', async (text) => {
  const broken = await createStage({ env: { ACCESS_POLICY: text } });
  const event = httpEvent({ claims: { sub: randomUUID() } });
  const answer = await broken.call('entitlements-api', event);
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(JSON.stringify(answer.body)).not.toContain('ACCESS_POLICY');
  expect(JSON.stringify(broken.logs.at(-1))).toContain('ACCESS_POLICY');
  await broken.close();
});
