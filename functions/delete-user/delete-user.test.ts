import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { asDeletion, asFailedDeletion, asUnauthorized } from '../../tests/support/shipped-clients.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf, type WireFault } from '../../tests/support/wire.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const made = await stage.stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 990,
    recurring: { interval: 'month' },
  });
  price = made.id;
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

interface Account {
  readonly sub: string;
  readonly username: string;
  readonly customerId: string;
}

/** Creates a paying user in all three systems. */
async function account(): Promise<Account> {
  const username = `${randomUUID()}@example.com`;
  const created = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username: username,
      UserAttributes: [{ Name: 'email', Value: username }],
      MessageAction: 'SUPPRESS',
    }),
  );
  const sub = created.User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const customerId = await payingCustomer({ cognito_sub: sub });
  await stage.putProfile({ userId: sub, email: username, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'active', version: 1 });
  stage.calm();
  return { sub, username: created.User?.Username ?? '', customerId };
}

async function payingCustomer(metadata: Record<string, string>): Promise<string> {
  const { id } = await stage.stripe.customers.create({
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  await stage.stripe.subscriptions.create({ customer: id, items: [{ price }] });
  return id;
}

function remove(
  { sub, username }: { sub: string; username?: string | undefined },
  form: Form = 'http',
  kind: 'id' | 'access' = 'id',
) {
  const name = kind === 'id' ? 'cognito:username' : 'username';
  const claims = { sub, token_use: kind, ...(username === undefined ? {} : { [name]: username }) };
  return stage.call('delete-user', apiEvent(form, { method: 'DELETE', path: '/me/account', claims }));
}

/** Returns the mark on the profile of a user whose deletion stopped before its last step. */
function markOf({ username, customerId }: Account) {
  return {
    predixaDeletionRequestedAt: expect.any(String),
    predixaDeletionUsername: username,
    stripeCustomerId: customerId,
  };
}

async function inCognito(username: string): Promise<boolean> {
  const lookup = stage.cognito.send(
    new AdminGetUserCommand({ UserPoolId: stage.poolId, Username: username }),
  );
  return lookup.then(
    () => true,
    () => false,
  );
}

async function billed(customerId: string): Promise<boolean> {
  const { data } = await stage.stripe.subscriptions.list({ customer: customerId, status: 'all' });
  return data.some(({ status }) => status !== 'canceled');
}

async function remainsOf({ sub, username, customerId }: Account): Promise<readonly string[]> {
  const customer = await stage.stripe.customers.retrieve(customerId);
  return [
    ...((await stage.profile(sub)) === undefined ? [] : ['profile']),
    ...((await stage.entitlement(sub)) === undefined ? [] : ['entitlement']),
    ...(customer.deleted ? [] : ['customer']),
    ...((await billed(customerId)) ? ['billing'] : []),
    ...((await inCognito(username)) ? ['user'] : []),
  ];
}

type Place = 'cognito' | 'dynamodb_userprofiles' | 'dynamodb_entitlements' | 'stripe';

/** What an answer says about each place, if the account is deleted from these. */
function deletedFrom(...places: readonly Place[]): Readonly<Record<Place, boolean>> {
  return {
    cognito: places.includes('cognito'),
    dynamodb_userprofiles: places.includes('dynamodb_userprofiles'),
    dynamodb_entitlements: places.includes('dynamodb_entitlements'),
    stripe: places.includes('stripe'),
  };
}

const everywhere = {
  success: true,
  message: 'The account is deleted.',
  deleted: deletedFrom('cognito', 'dynamodb_userprofiles', 'dynamodb_entitlements', 'stripe'),
  billing_continues: [],
  billing_continues_known: 'current',
  refund_policy: 'none',
  refunds: [],
  refunds_known: true,
  pending: [],
};

describe.each(forms)('DELETE /me/account (%s)', (form) => {
  it.each(['id', 'access'] as const)(
    'deletes the user everywhere with the %s token, and succeeds again when repeated',
    async (kind) => {
      const user = await account();
      const answer = await remove(user, form, kind);
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toEqual(everywhere);
      // Shipped apps know no field for what continues, or is pending.
      const { success, message, deleted } = everywhere;
      const known = { success, message, deleted };
      expect(asDeletion(answer.body)).toEqual(known);
      expect(answer.headers['Cache-Control']).toBe('no-store');
      expect(await remainsOf(user)).toEqual([]);
      const repeated = { ...everywhere, refund_policy: null, refunds_known: false };
      expect(await remove(user, form, kind)).toMatchObject({ statusCode: 200, body: repeated });
      expect(await remainsOf(user)).toEqual([]);
    },
  );

  it.each([undefined, { sub: '' }, { sub: 7 }, { username: 'someone' }])(
    'answers 401 without an identity (%j), and makes no calls',
    async (claims) => {
      const request = {
        method: 'DELETE',
        ...(claims === undefined ? {} : { claims }),
        body: '{"sub":"victim"}',
        headers: { 'x-user': 'victim' },
      };
      const answer = await stage.call('delete-user', apiEvent(form, request));
      expect(answer).toMatchObject({ statusCode: 401, body: { code: 'unauthorized' } });
      expect(asUnauthorized(answer.body).error).toBe('The request has no verified identity.');
      expect(asFailedDeletion(answer.body)).toMatchObject({ success: false, details: deletedFrom() });
      const calls = Object.values(stage.wires).flatMap((wire) => wire.names());
      expect(calls).toEqual([]);
    },
  );
});

describe('A deletion', () => {
  it('marks the profile, then deletes the customer, the row and the user, and the profile last', async () => {
    const user = await account();
    const order: string[] = [];
    for (const wire of Object.values(stage.wires)) {
      wire.fail((call) => {
        const table = call.body.includes(stage.env['USERS_TABLE'] ?? '') ? ' profile' : '';
        order.push(`${call.name.replace(user.customerId, 'ID')}${table}`);
        return undefined;
      });
    }
    await remove(user);
    expect(order).toEqual([
      'UpdateItem profile',
      // The count of the request: it is added to the window, or begins one.
      'UpdateItem',
      'UpdateItem',
      'GetItem',
      'GET /v1/customers/ID',
      'GET /v1/checkout/sessions',
      'GET /v1/invoices',
      'DELETE /v1/customers/ID',
      'GET /v1/customers/search',
      // What the index of customers knows of the user, and the row.
      'DeleteItem',
      'DeleteItem',
      'AdminGetUser',
      'AdminDeleteUser',
      'DeleteItem',
      'DeleteItem profile',
    ]);
  });

  const steps: readonly (readonly ['dynamodb' | 'stripe' | 'cognito', string, readonly Place[]])[] = [
    ['stripe', 'GET /v1/customers/search', []],
    ['stripe', 'DELETE', []],
    ['dynamodb', 'GetItem', []],
    ['dynamodb', 'DeleteItem', ['stripe']],
    ['cognito', 'AdminDeleteUser', ['stripe', 'dynamodb_entitlements']],
  ];
  const faults: readonly WireFault[] = ['server_error', 'throttled', 'reset_before', 'reset_after'];
  const cases = steps.flatMap(([system, name, done]) =>
    faults.map((fault) => [system, name, fault, done] as const),
  );

  it.each(cases)(
    'failure mode 54: answers 503 and keeps the mark after %s %s %s, never bills a user without a login, and a repetition finishes it',
    async (system, name, fault, done) => {
      const user = await account();
      stage.wires[system].fail((call) => (call.name.startsWith(name) ? fault : undefined));
      const answer = await remove(user);
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'deletion_incomplete' } });
      expect(answer.headers['Retry-After']).toBe('5');
      expect(asFailedDeletion(answer.body)).toEqual({
        success: false,
        error: answer.body['title'],
        details: deletedFrom(...done),
      });
      const left = await remainsOf(user);
      expect(left.includes('billing') && !left.includes('user')).toBe(false);
      const mark = (await stage.profile(user.sub)) ?? markOf(user);
      expect(mark).toMatchObject(markOf(user));
      stage.calm();
      expect((await remove(user)).statusCode).toBe(200);
      expect(await remainsOf(user)).toEqual([]);
    },
  );

  it('changes nothing when it cannot mark the profile', async () => {
    const user = await account();
    stage.wires.dynamodb.fail(everyOf('UpdateItem', 'server_error'));
    const answer = await remove(user);
    expect(answer.statusCode).toBe(503);
    expect(asFailedDeletion(answer.body).details).toEqual(deletedFrom());
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(await remainsOf(user)).toEqual(['profile', 'entitlement', 'customer', 'billing', 'user']);
  });

  it('shows everything but the profile as deleted when only the profile cannot be removed', async () => {
    const user = await account();
    const profiles = stage.env['USERS_TABLE'] ?? '';
    stage.wires.dynamodb.fail(({ name, body }) =>
      name === 'DeleteItem' && body.includes(profiles) ? 'server_error' : undefined,
    );
    const answer = await remove(user);
    expect(answer.statusCode).toBe(503);
    expect(asFailedDeletion(answer.body).details).toEqual({
      ...everywhere.deleted,
      dynamodb_userprofiles: false,
    });
    expect(await remainsOf(user)).toEqual(['profile']);
  });

  it('keeps the time of the first request in the mark', async () => {
    const user = await account();
    stage.wires.stripe.fail(() => 'server_error');
    await remove(user);
    const first = (await stage.profile(user.sub))?.['predixaDeletionRequestedAt'];
    await remove(user);
    expect((await stage.profile(user.sub))?.['predixaDeletionRequestedAt']).toBe(first);
  });
});

describe('A deletion of several or unlinked customers', () => {
  it('failure mode 18: deletes the profile’s customer, those that the row lists, and those that only Stripe knows', async () => {
    const user = await account();
    const listed = await payingCustomer({});
    const unlisted = await payingCustomer({ cognito_user_id: user.sub });
    await stage.putEntitlement({
      cognito_sub: user.sub,
      status: 'active',
      version: 1,
      stripe_customer_ids: [user.customerId, listed],
    });
    expect((await remove(user)).statusCode).toBe(200);
    expect([await billed(user.customerId), await billed(listed), await billed(unlisted)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('deletes the other customers when one cannot be deleted, and keeps the login', async () => {
    const user = await account();
    const other = await payingCustomer({ cognito_user_id: user.sub });
    stage.wires.stripe.fail(everyOf(`DELETE /v1/customers/${user.customerId}`, 'server_error'));
    expect((await remove(user)).statusCode).toBe(503);
    expect([await billed(user.customerId), await billed(other), await inCognito(user.username)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('finds the customer of a sign-up whose response was lost by repeating the creation, before any search shows it', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail((call) => (call.name === 'POST /v1/customers' ? 'reset_after' : undefined));
    const attributes = { sub, email: 'a@example.com' };
    await stage.invoke('post-confirmation', {
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      userPoolId: stage.poolId,
      request: { userAttributes: attributes },
    });
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    const made = data.find(({ metadata }) => metadata['cognito_sub'] === sub);
    await stage.stripe.customers.update(made?.id ?? '', { metadata: { cognito_sub: '' } });
    stage.calm();
    expect(await stage.profile(sub)).not.toHaveProperty('stripeCustomerId');
    expect((await remove({ sub, username: sub })).statusCode).toBe(200);
    expect((await stage.stripe.customers.retrieve(made?.id ?? '')).deleted).toBe(true);
    expect(await stage.profile(sub)).toBeUndefined();
  });

  it('deletes a user who was never provisioned, and leaves no customer', async () => {
    const sub = randomUUID();
    expect((await remove({ sub, username: sub })).statusCode).toBe(200);
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    expect(data.filter(({ metadata }) => metadata['cognito_sub'] === sub)).toEqual([]);
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('succeeds for a customer that was deleted by hand and a user that does not exist', async () => {
    const user = await account();
    await stage.stripe.customers.del(user.customerId);
    expect((await remove({ ...user, username: 'deleted-before' })).statusCode).toBe(200);
    expect(await stage.profile(user.sub)).toBeUndefined();
  });

  it('deletes a customer that a webhook adds while the row is being removed', async () => {
    const user = await account();
    const hold = stage.wires.dynamodb.holdNext('DeleteItem');
    const deletion = remove(user);
    await hold.reached;
    const late = await payingCustomer({});
    const object = { id: 'sub_x', customer: late, metadata: { cognito_sub: user.sub } };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
    hold.release();
    expect((await deletion).statusCode).toBe(200);
    expect(await billed(late)).toBe(false);
    expect(await remainsOf(user)).toEqual([]);
  });
});

describe('The deleted Cognito user', () => {
  it('failure mode 28: is found by the token’s username, which differs from the sub for federated users', async () => {
    const user = await account();
    stage.wires.cognito.clear();
    await remove({ sub: user.sub, username: 'Google_1234' });
    expect(stage.wires.cognito.calls.map(({ body }) => JSON.parse(body).Username)).toEqual(['Google_1234']);
  });

  it('is found by the recorded username when a repetition carries none', async () => {
    const user = await account();
    stage.wires.cognito.fail(everyOf('AdminGetUser', 'server_error'));
    await remove({ sub: user.sub, username: 'Google_1234' });
    stage.calm();
    await remove({ sub: user.sub });
    expect(stage.wires.cognito.calls.map(({ body }) => JSON.parse(body).Username)).toEqual(['Google_1234']);
  });
});

describe('Two deletions of one user at the same moment', () => {
  it('both succeed', async () => {
    const user = await account();
    const answers = await Promise.all([remove(user), remove(user)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(await remainsOf(user)).toEqual([]);
  });
});

it('An incomplete configuration is named in the log, and no call is made', async () => {
  const broken = await createStage({ env: { COGNITO_USER_POOL_ID: '', STRIPE_API_KEY: ' ' } });
  const answer = await broken.call(
    'delete-user',
    apiEvent('http', { method: 'DELETE', claims: { sub: 'x' } }),
  );
  const calls = Object.values(broken.wires).flatMap((wire) => wire.names());
  await broken.close();
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(answer.body).not.toHaveProperty('detail');
  expect(broken.logs.at(-1)).toMatchObject({
    metric: 'misconfigured',
    settings: ['STRIPE_API_KEY', 'COGNITO_USER_POOL_ID'],
  });
  expect(asFailedDeletion(answer.body)).toMatchObject({ success: false, details: deletedFrom() });
  expect(calls).toEqual([]);
});

it('A deletion logs neither email addresses nor keys', () => {
  expect(JSON.stringify(stage.logs)).not.toMatch(/example\.com|sk_test/);
});
