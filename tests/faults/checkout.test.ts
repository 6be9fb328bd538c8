import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyedHash } from '../../adapters/system/hash.ts';
import type { OwnPricesResponse } from '../../contract/prices.ts';
import { canonicalEmail } from '../../core/checkout/email-person.ts';
import { apiEvent } from '../support/api-events.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { type Attempt, createRig, type Rig } from './rig.ts';

let rig: Rig;
let prices: Readonly<Record<'month' | 'year', string>>;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createRig();
  const { stripe } = rig.stage;
  const product = await stripe.products.create({ name: 'Pro' });
  const make = async (interval: 'month' | 'year') => {
    const terms = { product: product.id, currency: 'usd', unit_amount: 990, recurring: { interval } };
    return (await stripe.prices.create({ ...terms, lookup_key: `pro_${interval}ly` })).id;
  };
  prices = { month: await make('month'), year: await make('year') };
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

interface Buyer {
  readonly sub: string;
  readonly username: string;
  readonly marks: readonly string[];
}

/** A user who exists only in Cognito, with a verified address, so a trial is due. */
async function newcomer(): Promise<Buyer> {
  const email = `${randomUUID()}@example.com`;
  const { User } = await rig.stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: rig.stage.poolId,
      Username: email,
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
      MessageAction: 'SUPPRESS',
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const username = User?.Username ?? '';
  const hash = keyedHash(rig.stage.env['TRIAL_HASH_KEY'] ?? '');
  const person = canonicalEmail({ email, emailVerified: true }) ?? '';
  return { sub, username, marks: [sub, username, hash(person)] };
}

async function withCustomer(): Promise<Buyer & { readonly customerId: string }> {
  const buyer = await newcomer();
  const { id } = await rig.stage.stripe.customers.create({ metadata: { cognito_sub: buyer.sub } });
  await rig.stage.putProfile({ userId: buyer.sub, stripeCustomerId: id });
  await rig.stage.putEntitlement({ cognito_sub: buyer.sub, status: 'none', version: 1 });
  return { ...buyer, customerId: id, marks: [...buyer.marks, id] };
}

/** A user who left Checkout to choose another plan, so the open session must be closed first. */
async function elsewhere(): Promise<Buyer> {
  const buyer = await withCustomer();
  const { id } = await rig.stage.stripe.checkout.sessions.create({
    customer: buyer.customerId,
    mode: 'subscription',
    success_url: 'https://app.example.com/',
    line_items: [{ price: prices.year, quantity: 1 }],
  });
  return { ...buyer, marks: [...buyer.marks, id] };
}

function statusOf(made: Attempt): number {
  return made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
}

function urlOf(made: Attempt): string {
  if (!made.ok) return '';
  const { url } = JSON.parse((made.payload as { body: string }).body) as { url?: string };
  return url ?? '';
}

async function customersOf(sub: string): Promise<readonly string[]> {
  const { data } = await rig.stage.stripe.customers.search({ query: `metadata['cognito_sub']:'${sub}'` });
  return data.map(({ id }) => id);
}

async function openSessionsOf(customers: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    customers.map((customer) => rig.stage.stripe.checkout.sessions.list({ customer, status: 'open' })),
  );
  return lists.flatMap(({ data }) => data.map(({ url }) => url ?? ''));
}

async function pay(url: string): Promise<void> {
  await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ card: '4242424242424242' }),
    redirect: 'manual',
  });
}

/** Pays every open session. The buyer must end up with one subscription, and with the trial if one was due. */
async function wrongOncePaid({ sub }: Buyer): Promise<readonly string[]> {
  const customers = await customersOf(sub);
  const open = await openSessionsOf(customers);
  for (const url of open) await pay(url);
  const lists = await Promise.all(
    customers.map((customer) => rig.stage.stripe.subscriptions.list({ customer, status: 'all' })),
  );
  const subscriptions = lists.flatMap(({ data }) => data);
  const profile = await rig.stage.profile(sub);
  const row = await rig.stage.entitlement(sub);
  return [
    ...(customers.length === 1 ? [] : [`there are ${customers.length} customers`]),
    ...(customers[0] === profile?.['stripeCustomerId'] ? [] : ['the profile names another customer']),
    ...(row === undefined ? ['the row is missing'] : []),
    ...(open.length === 1 ? [] : [`${open.length} sessions can be paid`]),
    ...(subscriptions.length === 1 ? [] : [`${subscriptions.length} subscriptions are paid for`]),
    ...subscriptions.filter(({ trial_end }) => trial_end === null).map(() => 'the trial is lost'),
  ];
}

function checkout(prepare: () => Promise<Buyer>): Scenario<Buyer> {
  return {
    name: 'checkout',
    prepare,
    marks: ({ marks }) => marks,
    event: ({ sub, username }) => {
      const claims = { sub, 'cognito:username': username };
      const body = JSON.stringify({ price: prices.month });
      return apiEvent('http', { method: 'POST', path: '/me/checkout-session', claims, body });
    },
    async problemsAfterAttempt({ sub }, made) {
      const status = statusOf(made);
      const open = await openSessionsOf(await customersOf(sub));
      return [
        ...(made.ok && status !== 200 && !(status >= 500 && status < 600) ? [`answered ${status}`] : []),
        // A session cannot be paid if no client received its URL.
        ...(status === 200 && open.length !== 1 ? [`answered 200, and ${open.length} can be paid`] : []),
        ...(status === 200 && !open.includes(urlOf(made))
          ? ['answered with a session that cannot be paid']
          : []),
      ];
    },
    async problemsAfterRetry(buyer, made) {
      const status = statusOf(made);
      return [
        ...(status === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
        ...(await wrongOncePaid(buyer)),
      ];
    },
  };
}

/** A look at the prices by a user whose checkout is open, which only Stripe can say. It claims and changes nothing. */
const lookAtPrices: Scenario<Buyer> = {
  name: 'checkout',
  prepare: async () => {
    const buyer = await newcomer();
    const claims = { sub: buyer.sub, 'cognito:username': buyer.username };
    const body = JSON.stringify({ price: prices.month });
    const request = { method: 'POST', path: '/me/checkout-session', claims, body };
    const { body: opened } = await rig.stage.call('checkout', apiEvent('http', request));
    return { ...buyer, marks: [...buyer.marks, String(opened['id'])] };
  },
  marks: ({ marks }) => marks,
  event: ({ sub, username }) => {
    const claims = { sub, 'cognito:username': username };
    return apiEvent('http', { method: 'GET', path: '/me/prices', claims });
  },
  async problemsAfterAttempt(_, made) {
    const status = statusOf(made);
    const isReported = !made.ok || status === 200 || (status >= 500 && status < 600);
    return isReported ? [] : [`answered ${status}`];
  },
  async problemsAfterRetry(buyer, made) {
    const body = made.ok ? (made.payload as { body: string }).body : '{"prices":[]}';
    const { prices: shown } = JSON.parse(body) as OwnPricesResponse;
    const isPromised = shown.length > 0 && shown.every(({ trial }) => trial.days !== undefined);
    return [...(isPromised ? [] : [`answered ${body}`]), ...(await wrongOncePaid(buyer))];
  },
};

const scenarios = {
  lookAtPrices,
  newcomer: checkout(newcomer),
  withCustomer: checkout(withCustomer),
  elsewhere: checkout(elsewhere),
};

describe('A look at the prices promises the trial that is due, or is answered 5xx and succeeds when repeated,', () => {
  it('without faults, in a run of at least 5 calls', () => {
    expect(matrices.lookAtPrices.problems).toEqual([]);
    expect(matrices.lookAtPrices.steps.length).toBeGreaterThanOrEqual(5);
  });

  it.for(faultCaseTable)(
    'when any of its calls %s',
    { timeout: 120_000 },
    async ([, faultCase], { skip }) => {
      if (!matrices.lookAtPrices.tries(faultCase)) skip();
      expect(await matrices.lookAtPrices.problemsUnder(faultCase)).toEqual([]);
    },
  );
});

describe.each([
  ['a user who exists only in Cognito', 'newcomer', 6],
  ['a user with a customer', 'withCustomer', 10],
  ['a user with another session open', 'elsewhere', 11],
] as const)(
  'A checkout by %s ends with one customer, one session and one payment, and keeps the trial',
  (...row) => {
    const [, title, calls] = row;
    let matrix: FaultMatrix;
    beforeAll(() => {
      matrix = matrices[title];
    });

    it(`without faults, in a run of at least ${calls} calls`, () => {
      expect(matrix.problems).toEqual([]);
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
