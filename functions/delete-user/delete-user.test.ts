import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
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

/** A user who pays, known to all three systems. */
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

/** What stands of a user whose deletion broke off before its last step. */
function recordOf({ username, customerId }: Account) {
  return {
    deletionRequestedAt: expect.any(String),
    deletionUsername: username,
    stripeCustomerId: customerId,
  };
}

async function inCognito(username: string): Promise<boolean> {
  const asked = stage.cognito.send(new AdminGetUserCommand({ UserPoolId: stage.poolId, Username: username }));
  return asked.then(
    () => true,
    () => false,
  );
}

async function billed(customerId: string): Promise<boolean> {
  const { data } = await stage.stripe.subscriptions.list({ customer: customerId, status: 'all' });
  return data.some(({ status }) => status !== 'canceled');
}

async function remains({ sub, username, customerId }: Account): Promise<readonly string[]> {
  const customer = await stage.stripe.customers.retrieve(customerId);
  return [
    ...((await stage.profile(sub)) === undefined ? [] : ['profile']),
    ...((await stage.entitlement(sub)) === undefined ? [] : ['entitlement']),
    ...(customer.deleted ? [] : ['customer']),
    ...((await billed(customerId)) ? ['billing'] : []),
    ...((await inCognito(username)) ? ['user'] : []),
  ];
}

describe.each(forms)('DELETE /me/account (%s)', (form) => {
  it.each(['id', 'access'] as const)(
    'the user is gone everywhere, by the %s token, also when asked again',
    async (kind) => {
      const user = await account();
      const answer = await remove(user, form, kind);
      expect(answer).toMatchObject({ statusCode: 200, body: { deleted: true } });
      expect(answer.headers['Cache-Control']).toBe('no-store');
      expect(await remains(user)).toEqual([]);
      expect((await remove(user, form, kind)).statusCode).toBe(200);
      expect(await remains(user)).toEqual([]);
    },
  );

  it.each([undefined, { sub: '' }, { sub: 7 }, { username: 'someone' }])(
    'without an identity (%j): 401, and nobody is asked',
    async (claims) => {
      const request = {
        method: 'DELETE',
        ...(claims === undefined ? {} : { claims }),
        body: '{"sub":"victim"}',
        headers: { 'x-user': 'victim' },
      };
      const answer = await stage.call('delete-user', apiEvent(form, request));
      expect(answer).toMatchObject({ statusCode: 401, body: { code: 'unauthorized' } });
      const asked = Object.values(stage.wires).flatMap((wire) => wire.names());
      expect(asked).toEqual([]);
    },
  );
});

describe('the order', () => {
  it('intent, customer, entitlement, user, and the record last', async () => {
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
      'GetItem',
      'GET /v1/customers/search',
      'GET /v1/checkout/sessions',
      'DELETE /v1/customers/ID',
      'DeleteItem',
      'AdminDeleteUser',
      'DeleteItem profile',
    ]);
  });

  const steps: readonly (readonly ['dynamodb' | 'stripe' | 'cognito', string])[] = [
    ['stripe', 'GET /v1/customers/search'],
    ['stripe', 'DELETE'],
    ['dynamodb', 'GetItem'],
    ['dynamodb', 'DeleteItem'],
    ['cognito', 'AdminDeleteUser'],
  ];
  const faults: readonly WireFault[] = ['server_error', 'throttled', 'reset_before', 'reset_after'];
  const cases = steps.flatMap(([system, name]) => faults.map((fault) => [system, name, fault] as const));

  it.each(cases)(
    'failure mode 54: %s %s %s → 5xx, the intent is on record, nobody is billed without a login, and asking again finishes',
    async (system, name, fault) => {
      const user = await account();
      stage.wires[system].fail((call) => (call.name.startsWith(name) ? fault : undefined));
      const answer = await remove(user);
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'deletion_incomplete' } });
      expect(answer.headers['Retry-After']).toBe('5');
      const left = await remains(user);
      expect(left.includes('billing') && !left.includes('user')).toBe(false);
      const record = (await stage.profile(user.sub)) ?? recordOf(user);
      expect(record).toMatchObject(recordOf(user));
      stage.calm();
      expect((await remove(user)).statusCode).toBe(200);
      expect(await remains(user)).toEqual([]);
    },
  );

  it('the intent that cannot be recorded stops everything: nothing is touched', async () => {
    const user = await account();
    stage.wires.dynamodb.fail(everyOf('UpdateItem', 'server_error'));
    expect((await remove(user)).statusCode).toBe(503);
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(await remains(user)).toEqual(['profile', 'entitlement', 'customer', 'billing', 'user']);
  });

  it('the time of the first request stays on record', async () => {
    const user = await account();
    stage.wires.stripe.fail(() => 'server_error');
    await remove(user);
    const first = (await stage.profile(user.sub))?.['deletionRequestedAt'];
    await remove(user);
    expect((await stage.profile(user.sub))?.['deletionRequestedAt']).toBe(first);
  });
});

describe('nobody stays billed', () => {
  it('failure mode 18: every customer of the user is deleted: the profile’s, those the row has seen, and those only Stripe knows', async () => {
    const user = await account();
    const seen = await payingCustomer({});
    const unseen = await payingCustomer({ cognito_user_id: user.sub });
    await stage.putEntitlement({
      cognito_sub: user.sub,
      status: 'active',
      version: 1,
      stripe_customer_ids: [user.customerId, seen],
    });
    expect((await remove(user)).statusCode).toBe(200);
    expect([await billed(user.customerId), await billed(seen), await billed(unseen)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('one customer that cannot be deleted keeps the others from being billed no longer, and the login stays', async () => {
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

  it('a customer of a sign-up whose answer was lost is found by repeating the creation, though no search shows it yet', async () => {
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

  it('a user who was never provisioned is deleted all the same, and no customer of theirs is left', async () => {
    const sub = randomUUID();
    expect((await remove({ sub, username: sub })).statusCode).toBe(200);
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    expect(data.filter(({ metadata }) => metadata['cognito_sub'] === sub)).toEqual([]);
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('a customer deleted by hand before, and users and rows that are gone already, count as deleted', async () => {
    const user = await account();
    await stage.stripe.customers.del(user.customerId);
    expect((await remove({ ...user, username: 'gone-already' })).statusCode).toBe(200);
    expect(await stage.profile(user.sub)).toBeUndefined();
  });

  it('a customer that a webhook adds while the row is being removed is deleted too', async () => {
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
    expect(await remains(user)).toEqual([]);
  });
});

describe('names', () => {
  it('failure mode 28: the user is named by the username of the token, which for federated users is not the sub', async () => {
    const user = await account();
    stage.wires.cognito.clear();
    await remove({ sub: user.sub, username: 'Google_1234' });
    expect(stage.wires.cognito.calls.map(({ body }) => JSON.parse(body).Username)).toEqual(['Google_1234']);
  });

  it('a repetition that names no username uses the one on record', async () => {
    const user = await account();
    stage.wires.cognito.fail(everyOf('AdminDeleteUser', 'server_error'));
    await remove({ sub: user.sub, username: 'Google_1234' });
    stage.calm();
    await remove({ sub: user.sub });
    expect(stage.wires.cognito.calls.map(({ body }) => JSON.parse(body).Username)).toEqual(['Google_1234']);
  });
});

describe('two at once', () => {
  it('both end well', async () => {
    const user = await account();
    const answers = await Promise.all([remove(user), remove(user)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(await remains(user)).toEqual([]);
  });
});

it('missing configuration is named, and nothing is touched', async () => {
  const broken = await createStage({ env: { COGNITO_USER_POOL_ID: '', STRIPE_API_KEY: ' ' } });
  const answer = await broken.call('delete-user', apiEvent('http', { claims: { sub: 'x' } }));
  const asked = Object.values(broken.wires).flatMap((wire) => wire.names());
  await broken.close();
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(answer.body['detail']).toBe('missing configuration: STRIPE_API_KEY, COGNITO_USER_POOL_ID');
  expect(asked).toEqual([]);
});

it('logs neither e-mail addresses nor keys', () => {
  expect(JSON.stringify(stage.logs)).not.toMatch(/example\.com|sk_test/);
});
