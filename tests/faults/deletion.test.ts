import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { creationKeyFor, stampFor } from '../../adapters/stripe/metadata.ts';
import { apiEvent } from '../support/api-events.ts';
import { isBilled, monthlyPrice, payingCustomer } from '../support/payers.ts';
import { asDeletion, asFailedDeletion } from '../support/shipped-clients.ts';
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

interface Account {
  readonly sub: string;
  readonly username: string;
  readonly customerIds: readonly string[];
}

async function poolUser(): Promise<Pick<Account, 'sub' | 'username'>> {
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

/** A user who pays through two customers: one from sign-up, and one from the website that no row names. */
async function knownToAll(): Promise<Account> {
  const user = await poolUser();
  const own = await payingCustomer(rig.stage, { price, metadata: { cognito_sub: user.sub } });
  const other = await payingCustomer(rig.stage, { price, metadata: { cognito_user_id: user.sub } });
  await rig.stage.putProfile({ userId: user.sub, stripeCustomerId: own.customerId });
  const seen = { stripe_customer_ids: [own.customerId], version: 3 };
  await rig.stage.putEntitlement({ cognito_sub: user.sub, status: 'active', ...seen });
  return { ...user, customerIds: [own.customerId, other.customerId] };
}

/** A user whose customer no search finds, because the response to its creation was lost. */
async function customerUnknown(): Promise<Account> {
  const user = await poolUser();
  const idempotencyKey = creationKeyFor({ poolId: rig.stage.poolId, sub: user.sub });
  const { customerId } = await payingCustomer(rig.stage, {
    price,
    metadata: stampFor(rig.stage.poolId, user.sub),
    idempotencyKey,
  });
  await rig.stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
  await rig.stage.putProfile({ userId: user.sub });
  await rig.stage.putEntitlement({ cognito_sub: user.sub, status: 'none', version: 1 });
  return { ...user, customerIds: [customerId] };
}

async function isInCognito(username: string): Promise<boolean> {
  const asked = rig.stage.cognito.send(
    new AdminGetUserCommand({ UserPoolId: rig.stage.poolId, Username: username }),
  );
  return asked.then(
    () => true,
    () => false,
  );
}

async function remainsOf({ sub, username, customerIds }: Account): Promise<readonly string[]> {
  const customers = await Promise.all(customerIds.map((id) => rig.stage.stripe.customers.retrieve(id)));
  const billed = await Promise.all(customerIds.map((id) => isBilled(rig.stage, id)));
  const remaining = await rig.stage.stripe.customers.search({ query: `metadata['cognito_sub']:'${sub}'` });
  return [
    ...((await rig.stage.profile(sub)) === undefined ? [] : ['profile']),
    ...((await rig.stage.entitlement(sub)) === undefined ? [] : ['entitlement']),
    ...(customers.every(({ deleted }) => deleted) && remaining.data.length === 0 ? [] : ['customer']),
    ...(billed.includes(true) ? ['billing'] : []),
    ...((await isInCognito(username)) ? ['user'] : []),
  ];
}

/** What must not remain once an answer shows the account as deleted from a place. */
const contents = {
  cognito: ['user'],
  dynamodb_userprofiles: ['profile'],
  dynamodb_entitlements: ['entitlement'],
  stripe: ['customer', 'billing'],
} as const;

/** Decodes the answer as a shipped client does, which throws if a key is missing, and compares it with what remains. */
function falseReports(made: Attempt, remains: readonly string[]): readonly string[] {
  if (!made.ok) return [];
  const body: unknown = JSON.parse((made.payload as { body: string }).body);
  const reported = statusOf(made) === 200 ? asDeletion(body).deleted : asFailedDeletion(body).details;
  return (Object.keys(contents) as (keyof typeof contents)[]).flatMap((place) =>
    contents[place]
      .filter((what) => reported[place] && remains.includes(what))
      .map((what) => `answered that ${place} is deleted, although the ${what} still exists`),
  );
}

const MARK = 'UpdateItem USERS_TABLE';
const all = ['profile', 'entitlement', 'customer', 'billing', 'user'];

function deletion(prepare: () => Promise<Account>): Scenario<Account> {
  return {
    name: 'delete-user',
    prepare,
    marks: ({ sub, username, customerIds }) => [sub, username, ...customerIds],
    event: ({ sub, username }) => {
      const claims = { sub, 'cognito:username': username };
      return apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
    },
    async problemsAfterAttempt(account, made) {
      const remains = await remainsOf(account);
      const { predixaDeletionRequestedAt, predixaDeletionUsername } =
        (await rig.stage.profile(account.sub)) ?? {};
      const onRecord =
        predixaDeletionRequestedAt !== undefined && predixaDeletionUsername === account.username;
      // Only where the record itself could not be made.
      const untouched = remains.length === all.length && made.labels.every((label) => label === MARK);
      const status = statusOf(made);
      return [
        ...(made.ok && status !== 200 && !(status >= 500 && status < 600) ? [`answered ${status}`] : []),
        ...(status === 200 && remains.length > 0
          ? [`answered 200, although ${remains.join()} still exists`]
          : []),
        ...falseReports(made, remains),
        ...(remains.includes('billing') && !remains.includes('user') ? ['billed without a login'] : []),
        ...(onRecord || untouched || remains.length === 0
          ? []
          : [`${remains.join()} still exists, and no request is recorded`]),
      ];
    },
    async problemsAfterRetry(account, made) {
      const remains = await remainsOf(account);
      return [
        ...(statusOf(made) === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
        ...falseReports(made, remains),
        ...remains.map((what) => `the ${what} still exists`),
      ];
    },
  };
}

function statusOf(made: Attempt): number {
  return made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
}

const scenarios = { knownToAll: deletion(knownToAll), customerUnknown: deletion(customerUnknown) };

describe.each([
  ['an account that exists in all systems', 'knownToAll', 8],
  ['an account whose customer is not recorded anywhere', 'customerUnknown', 8],
] as const)(
  'Deleting %s records the request, never leaves a paying user without a login, and completes with a retry,',
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
