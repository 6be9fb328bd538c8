import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent, httpEvent } from '../support/api-events.ts';
import { pay } from '../support/buyers.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { type Attempt, createRig, type Rig } from './rig.ts';

let rig: Rig;
let price: string;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createRig({ env: { CHECKOUT_PRICES: 'lifetime' } });
  const { stripe } = rig.stage;
  const { id: product } = await stripe.products.create({ name: 'Pro' });
  const metadata = { predixa_access: 'lifetime' };
  const terms = { product, currency: 'usd', unit_amount: 9_900, lookup_key: 'lifetime', metadata };
  price = (await stripe.prices.create(terms)).id;
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

interface Buyer {
  readonly sub: string;
  readonly username: string;
  readonly customerId: string;
  readonly marks: readonly string[];
}

async function buyer(): Promise<Buyer> {
  const email = `${randomUUID()}@example.com`;
  const { User } = await rig.stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: rig.stage.poolId,
      Username: email,
      UserAttributes: [{ Name: 'email', Value: email }],
      MessageAction: 'SUPPRESS',
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const username = User?.Username ?? '';
  const { id } = await rig.stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: id });
  await rig.stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return { sub, username, customerId: id, marks: [sub, username, id] };
}

function orderOf({ sub, username }: Buyer): Record<string, unknown> {
  const claims = { sub, 'cognito:username': username };
  const body = JSON.stringify({ price: 'lifetime' });
  return apiEvent('http', { method: 'POST', path: '/me/checkout-session', claims, body });
}

interface Paid extends Buyer {
  readonly event: object;
}

async function paid(): Promise<Paid> {
  const who = await buyer();
  const { body } = await rig.stage.call('checkout', orderOf(who));
  await pay(body['url']);
  const session = await rig.stage.stripe.checkout.sessions.retrieve(String(body['id']));
  return {
    ...who,
    marks: [...who.marks, session.id],
    event: stripeEvent('checkout.session.completed', session),
  };
}

function statusOf(made: Attempt): number {
  return made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
}

const isFault = (made: Attempt) => !made.ok || statusOf(made) >= 500;

async function openSessionsOf(customer: string) {
  return (await rig.stage.stripe.checkout.sessions.list({ customer, status: 'open' })).data;
}

async function hasLifetime({ sub }: Buyer): Promise<boolean> {
  const { body } = await rig.stage.call('entitlements-api', httpEvent({ claims: { sub } }));
  return body['access_granted'] === true && body['plan'] === price && body['current_period_end'] === null;
}

/** Whatever fails, the one page is paid, and its purchase is found although no event of it arrives. */
const order: Scenario<Buyer> = {
  name: 'checkout',
  prepare: buyer,
  marks: ({ marks }) => marks,
  event: orderOf,
  async problemsAfterAttempt(_, made) {
    return isFault(made) || statusOf(made) === 200 ? [] : [`answered ${statusOf(made)}`];
  },
  async problemsAfterRetry(who, made) {
    const open = await openSessionsOf(who.customerId);
    for (const { url } of open) await pay(url);
    const request = { method: 'POST', path: '/me/entitlements/sync', claims: { sub: who.sub } };
    await rig.stage.call('checkout', httpEvent(request));
    return [
      ...(statusOf(made) === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(open.length === 1 ? [] : [`${open.length} sessions can be paid`]),
      ...((await hasLifetime(who)) ? [] : ['the purchase is not found by the own sync']),
    ];
  },
};

const delivery: Scenario<Paid> = {
  name: 'stripe-webhook',
  prepare: paid,
  marks: ({ marks }) => marks,
  event: ({ event }) => delivered(event),
  async problemsAfterAttempt(who, made) {
    if (isFault(made)) return [];
    return statusOf(made) === 200 && (await hasLifetime(who))
      ? []
      : [`answered ${statusOf(made)} without access`];
  },
  async problemsAfterRetry(who, made) {
    return statusOf(made) === 200 && (await hasLifetime(who)) ? [] : [`answered ${JSON.stringify(made)}`];
  },
};

const scenarios = { order, delivery };

describe.each([
  ['A checkout of something that is paid once ends with one page, and its purchase is found,', 'order', 10],
  [
    'An event of something that was paid once lets its buyer in, or is answered 5xx and repeated,',
    'delivery',
    4,
  ],
] as const)('%s', (_, name, calls) => {
  it(`without faults, in a run of at least ${calls} calls`, () => {
    expect(matrices[name].problems).toEqual([]);
    expect(matrices[name].steps.length).toBeGreaterThanOrEqual(calls);
  });

  it.for(faultCaseTable)(
    'when any of its calls %s',
    { timeout: 120_000 },
    async ([, faultCase], { skip }) => {
      if (!matrices[name].tries(faultCase)) skip();
      expect(await matrices[name].problemsUnder(faultCase)).toEqual([]);
    },
  );
});
