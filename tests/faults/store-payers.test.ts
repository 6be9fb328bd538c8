import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { pricesOn } from '../support/buyers.ts';
import { isBilled, payingCustomer } from '../support/payers.ts';
import { asDeletion, asFailedDeletion } from '../support/shipped-clients.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import type { Attempt } from './rig.ts';
import {
  type Bought,
  bodyOf,
  buyInStore,
  createStoreRig,
  isStoreCall,
  type StoreRig,
  says,
  statusOf,
  syncedRows,
} from './store-rig.ts';

let rig: StoreRig;
let price: string;
let writeSynced: (bought: Bought) => Promise<void>;
let matrices: Readonly<Record<keyof typeof scenarios, FaultMatrix>>;
beforeAll(async () => {
  rig = await createStoreRig();
  price = (await pricesOn(rig.stage)).monthly;
  writeSynced = await syncedRows(rig);
  matrices = await runFaultMatrix(rig, scenarios);
});
afterAll(() => rig.close());

interface Payer extends Bought {
  readonly username: string;
  readonly customerId: string;
}

async function poolUser(): Promise<Pick<Payer, 'sub' | 'username'>> {
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
  return { sub, username: User?.Username ?? '' };
}

/** A user with a Stripe customer, who pays in a store. The row shows it. */
async function storePayer(): Promise<Payer> {
  const user = await poolUser();
  const { id: customerId } = await rig.stage.stripe.customers.create({ metadata: { cognito_sub: user.sub } });
  await rig.stage.putProfile({ userId: user.sub, stripeCustomerId: customerId });
  const bought = buyInStore(rig, user.sub);
  await writeSynced(bought);
  return { ...bought, ...user, customerId };
}

/** A user who pays in Stripe and in a store, of which the row shows nothing yet. */
async function paidTwice(): Promise<Payer> {
  const user = await poolUser();
  const { customerId } = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: user.sub } });
  await rig.stage.putProfile({ userId: user.sub, stripeCustomerId: customerId });
  await rig.stage.putEntitlement({ cognito_sub: user.sub, status: 'none', version: 1 });
  return { ...buyInStore(rig, user.sub), ...user, customerId };
}

async function paidTwiceAndSynced(): Promise<Payer> {
  const payer = await paidTwice();
  await writeSynced(payer);
  return payer;
}

const marks = ({ sub, username, productId, customerId }: Payer) => [sub, username, productId, customerId];
const fails = isStoreCall;

function isUnavailable(made: Attempt): boolean {
  const status = statusOf(made);
  return !made.ok || (status >= 500 && status < 600);
}

const checkout: Scenario<Payer> = {
  name: 'checkout',
  prepare: storePayer,
  marks,
  fails,
  event: ({ sub, username }) => {
    const claims = { sub, 'cognito:username': username };
    return apiEvent('http', {
      method: 'POST',
      path: '/me/checkout-session',
      claims,
      body: JSON.stringify({ price }),
    });
  },
  problemsAfterAttempt: async (payer, made) => [
    ...(statusOf(made) === 409 || isUnavailable(made) ? [] : [`answered ${JSON.stringify(made)}`]),
    ...(await openSessionsOf(payer)),
  ],
  problemsAfterRetry: async (payer, made) => {
    const { code, source } = bodyOf(made);
    return [
      ...(code === 'already_subscribed' && source === 'app_store'
        ? []
        : [`answered ${JSON.stringify(made)}`]),
      ...(await openSessionsOf(payer)),
    ];
  },
};

async function openSessionsOf({ customerId: customer }: Payer): Promise<readonly string[]> {
  const { data } = await rig.stage.stripe.checkout.sessions.list({ customer, status: 'open' });
  return data.map(({ id }) => `the session ${id} can be paid`);
}

/**
 * What each payer says is in the row as soon as the answer is 200. Only the store's name of the product may be missing at first:
 * it takes a call of its own, and no one waits for a name. Then RevenueCat's id is shown.
 */
const sync: Scenario<Payer> = {
  name: 'checkout',
  prepare: paidTwice,
  marks,
  fails,
  event: ({ sub }) => {
    const claims = { sub, 'cognito:username': sub };
    return apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims, body: '{}' });
  },
  problemsAfterAttempt: async (payer, made) =>
    statusOf(made) === 200
      ? notSynced(payer, made, [payer.active.plan, payer.productId])
      : isUnavailable(made)
        ? []
        : [JSON.stringify(made)],
  problemsAfterRetry: async (payer, made) =>
    statusOf(made) === 200
      ? notSynced(payer, made, [payer.active.plan])
      : [`answered ${JSON.stringify(made)}`],
};

async function notSynced(
  { sub, id, active }: Payer,
  made: Attempt,
  plans: readonly string[],
): Promise<readonly string[]> {
  const claims = (await rig.stage.entitlement(sub))?.['claims'];
  const shown = Array.isArray(claims) ? claims : [];
  const ofStore = shown.filter(
    (claim) => claim['id'] === id && plans.some((plan) => says(claim, { ...active, plan })),
  );
  const ofStripe = shown.filter((claim) => claim['source'] === 'stripe' && claim['status'] === 'active');
  return [
    ...(bodyOf(made)['access_granted'] === true ? [] : [`answered ${JSON.stringify(made)}`]),
    ...(ofStore.length === 1 && ofStripe.length === 1 ? [] : [`the claims: ${JSON.stringify(claims)}`]),
  ];
}

async function remainsOf({ sub, username, customerId }: Payer): Promise<readonly string[]> {
  const user = rig.stage.cognito.send(
    new AdminGetUserCommand({ UserPoolId: rig.stage.poolId, Username: username }),
  );
  const isInCognito = await user.then(
    () => true,
    () => false,
  );
  return [
    ...((await rig.stage.profile(sub)) === undefined ? [] : ['profile']),
    ...((await rig.stage.entitlement(sub)) === undefined ? [] : ['entitlement']),
    ...((await isBilled(rig.stage, customerId)) ? ['billing'] : []),
    ...(isInCognito ? ['user'] : []),
    ...(await remainsAtRevenueCat(sub)),
  ];
}

/** What a record says that reconcile finishes is not forgotten. */
async function remainsAtRevenueCat(sub: string): Promise<readonly string[]> {
  if ((await rig.stage.entitlement(`store_removal#${sub}`)) !== undefined) return [];
  return (await rig.stage.hasStoreCustomer(sub)) ? ['customer at RevenueCat'] : [];
}

const contents = {
  cognito: 'user',
  dynamodb_userprofiles: 'profile',
  dynamodb_entitlements: 'entitlement',
  stripe: 'billing',
} as const;

/** Decodes the answer as a shipped client does, and compares it with what remains. */
function falseReports(made: Attempt, remains: readonly string[]): readonly string[] {
  if (!made.ok) return [];
  const body = bodyOf(made);
  const reported = statusOf(made) === 200 ? asDeletion(body).deleted : asFailedDeletion(body).details;
  return (Object.keys(contents) as (keyof typeof contents)[])
    .filter((place) => reported[place] && remains.includes(contents[place]))
    .map((place) => `answered that ${place} is deleted, although the ${contents[place]} still exists`);
}

const deletion: Scenario<Payer> = {
  name: 'delete-user',
  prepare: paidTwiceAndSynced,
  marks,
  fails,
  event: ({ sub, username }) => {
    const claims = { sub, 'cognito:username': username };
    return apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
  },
  async problemsAfterAttempt(payer, made) {
    const remains = await remainsOf(payer);
    const { predixaDeletionRequestedAt: requestedAt } = (await rig.stage.profile(payer.sub)) ?? {};
    const status = statusOf(made);
    const continues = bodyOf(made)['billing_continues'];
    return [
      // In some cases, every later call to the other systems fails too.
      ...(status === 200 || isUnavailable(made) ? [] : [`answered ${status}`]),
      ...(status === 200 ? remains.map((what) => `answered 200, although the ${what} still exists`) : []),
      // RevenueCat or the row says which store goes on.
      ...(status === 200 && !(Array.isArray(continues) && continues[0]?.['source'] === 'app_store')
        ? ['did not report that the store goes on billing']
        : []),
      ...falseReports(made, remains),
      ...(remains.includes('billing') && !remains.includes('user') ? ['billed without a login'] : []),
      ...(remains.length === 0 || requestedAt !== undefined
        ? []
        : [`${remains.join()} still exists, and no request is recorded`]),
    ];
  },
  async problemsAfterRetry(payer, made) {
    const remains = await remainsOf(payer);
    // RevenueCat answers again.
    const pending = bodyOf(made)['pending'];
    return [
      ...(statusOf(made) === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(Array.isArray(pending) && pending.length === 0 ? [] : [`pending: ${JSON.stringify(pending)}`]),
      ...((await rig.stage.hasStoreCustomer(payer.sub)) ? ['RevenueCat still has the customer'] : []),
      ...falseReports(made, remains),
      ...remains.map((what) => `the ${what} still exists`),
    ];
  },
};

const scenarios = { checkout, sync, deletion };

describe.each([
  ['A checkout of a user who pays in a store opens no session', 'checkout', 3],
  ['A sync at the request of the user is answered 200 only if the row has what both payers say,', 'sync', 3],
  [
    'A deletion is complete whatever RevenueCat answers, or keeps its mark, and a retry makes RevenueCat forget the user,',
    'deletion',
    4,
  ],
] as const)('%s', (...row) => {
  const [, title, calls] = row;
  let matrix: FaultMatrix;
  beforeAll(() => {
    matrix = matrices[title];
  });

  it(`without faults, in a run of at least ${calls} calls to RevenueCat that can all fail`, () => {
    expect(matrix.problems).toEqual([]);
    expect(matrix.steps.filter(({ label }) => isStoreCall(label)).length).toBeGreaterThanOrEqual(calls);
  });

  it.for(faultCaseTable)(
    'when any of its calls to RevenueCat %s',
    { timeout: 120_000 },
    async ([, faultCase], { skip }) => {
      if (!matrix.tries(faultCase)) skip();
      expect(await matrix.problemsUnder(faultCase)).toEqual([]);
    },
  );
});
