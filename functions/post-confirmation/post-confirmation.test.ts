import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf, firstOf } from '../../tests/support/wire.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

function confirmation(
  sub: string,
  overrides: Record<string, unknown> = {},
  attributes: Record<string, unknown> = {},
) {
  return {
    version: '1',
    region: 'us-east-1',
    userPoolId: stage.poolId,
    userName: sub,
    callerContext: { awsSdkVersion: 'aws-sdk', clientId: 'client' },
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: {
      userAttributes: {
        sub,
        email: `${sub}@example.com`,
        email_verified: 'true',
        given_name: 'Ada',
        family_name: 'Lovelace',
        ...attributes,
      },
    },
    response: {},
    ...overrides,
  };
}

const signUp = (event: unknown) => stage.invoke('post-confirmation', event);

async function customersOf(sub: string) {
  const { data } = await stage.stripe.customers.list({ limit: 100 });
  return data.filter((customer) => customer.metadata['cognito_sub'] === sub);
}

describe('A confirmed sign-up', () => {
  it('creates a Stripe customer, a profile and a row without access, and returns the event unchanged', async () => {
    const sub = randomUUID();
    const event = confirmation(sub);
    expect(await signUp(event)).toEqual(event);
    const [customer, ...others] = await customersOf(sub);
    expect(others).toEqual([]);
    expect(customer).toMatchObject({
      email: `${sub}@example.com`,
      name: 'Ada Lovelace',
      metadata: { cognito_sub: sub },
    });
    expect(await stage.profile(sub)).toEqual({
      userId: sub,
      email: `${sub}@example.com`,
      givenName: 'Ada',
      familyName: 'Lovelace',
      stripeCustomerId: customer?.id,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: expect.any(String),
    });
    expect(await stage.entitlement(sub)).toMatchObject({
      cognito_sub: sub,
      status: 'none',
      updatedAt: expect.any(String),
    });
  });

  it('failure mode 26: creates one customer, one profile and one row from three overlapping invocations', async () => {
    const sub = randomUUID();
    const event = confirmation(sub);
    const answers = await Promise.all([signUp(event), signUp(event), signUp(event)]);
    expect(answers).toEqual([event, event, event]);
    const customers = await customersOf(sub);
    expect(customers).toHaveLength(1);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customers[0]?.id });
  });

  it('failure mode 19: finds the created customer when it is retried after a lost response', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail((call) => (call.name === 'POST /v1/customers' ? 'reset_after' : undefined));
    await signUp(confirmation(sub));
    stage.calm();
    await signUp(confirmation(sub));
    const customers = await customersOf(sub);
    expect(customers).toHaveLength(1);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customers[0]?.id });
  });

  it('failure mode 20: creates no second customer after the email address changed between retries, and sends Stripe the new one', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    await signUp(confirmation(sub, {}, { email: 'changed@example.com' }));
    const customers = await customersOf(sub);
    expect(customers.map(({ email }) => email)).toEqual(['changed@example.com']);
  });

  it('failure mode 23: never adopts a customer for having the same email address', async () => {
    const email = `${randomUUID()}@example.com`;
    const stranger = await stage.stripe.customers.create({ email });
    const sub = randomUUID();
    await signUp(confirmation(sub, {}, { email }));
    expect((await stage.profile(sub))?.['stripeCustomerId']).not.toBe(stranger.id);
  });

  it('never invents an email address for a user without one', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub, {}, { email: undefined, given_name: undefined, family_name: undefined }));
    const [customer] = await customersOf(sub);
    expect(customer?.email).toBeNull();
    expect(await stage.profile(sub)).not.toHaveProperty('email');
  });

  it('identifies a federated user by the sub, whatever the username is', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub, { userName: 'Google_1234' }));
    expect(await stage.profile(sub)).toMatchObject({ userId: sub });
  });

  it('logs no email address and no name', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    const lines = JSON.stringify(stage.logs);
    expect(lines).toContain(sub);
    expect(lines).not.toMatch(/example\.com|Lovelace|sk_test/);
  });
});

describe('A sign-up trigger for an existing user', () => {
  it('failure mode 25: makes no calls for a password reset', async () => {
    const sub = randomUUID();
    const event = confirmation(sub, { triggerSource: 'PostConfirmation_ConfirmForgotPassword' });
    expect(await signUp(event)).toEqual(event);
    expect([...stage.wires.stripe.names(), ...stage.wires.dynamodb.names()]).toEqual([]);
  });

  it('keeps a row that a webhook created first', async () => {
    const sub = randomUUID();
    const paid = { cognito_sub: sub, status: 'active', plan: 'price_pro', version: 4 };
    await stage.putEntitlement(paid);
    await signUp(confirmation(sub));
    expect(await stage.entitlement(sub)).toEqual(paid);
  });

  it.each([null, '', ' ', '\t'])(
    'keeps the attributes of a profile that the app created first, and adds the missing ones, for the customer %j',
    async (stripeCustomerId) => {
      const sub = randomUUID();
      await stage.putProfile({ userId: sub, email: 'kept@example.com', theme: 'dark', stripeCustomerId });
      await signUp(confirmation(sub));
      const [customer] = await customersOf(sub);
      expect(await stage.profile(sub)).toMatchObject({
        email: 'kept@example.com',
        theme: 'dark',
        givenName: 'Ada',
        stripeCustomerId: customer?.id,
      });
    },
  );

  it('never replaces the customer of a profile', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId: 'cus_existing' });
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: 'cus_existing' });
  });

  it('leaves a profile that is marked for deletion unchanged', async () => {
    const sub = randomUUID();
    const marked = {
      userId: sub,
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
      stripeCustomerId: 'cus_a',
    };
    await stage.putProfile(marked);
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toEqual(marked);
  });

  it('never restores an account that was deleted before the repetition', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    const claims = { sub, 'cognito:username': sub };
    await stage.call('delete-user', { requestContext: { authorizer: { claims } } });
    await signUp(confirmation(sub));
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
    expect(await customersOf(sub)).toEqual([]);
  });
});

describe('A sign-up during an outage', () => {
  const failures = [
    ['stripe', 'POST /v1/customers', 'server_error'],
    ['stripe', 'POST /v1/customers', 'throttled'],
    ['stripe', 'POST /v1/customers', 'hang'],
    ['stripe', 'POST /v1/customers', 'reset_before'],
    ['dynamodb', 'UpdateItem', 'hang'],
    ['dynamodb', 'UpdateItem', 'server_error'],
    ['dynamodb', 'PutItem', 'throttled'],
  ] as const;

  it.each(failures)(
    'returns the event in time and is completed by a retry after %s %s: %s',
    async (system, name, fault) => {
      const sub = randomUUID();
      const event = confirmation(sub);
      stage.wires[system].fail(everyOf(name, fault));
      // The local runtime ends the function with an error after five seconds, when Cognito would stop waiting.
      expect(await signUp(event)).toEqual(event);
      expect(stage.logs.some((line) => line['level'] === 'error' && line['user_id'] === sub)).toBe(true);
      stage.calm();
      expect(await signUp(event)).toEqual(event);
      const customers = await customersOf(sub);
      expect(customers).toHaveLength(1);
      expect(await stage.profile(sub)).toMatchObject({
        stripeCustomerId: customers[0]?.id,
        email: `${sub}@example.com`,
      });
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    },
  );

  it('writes the profile and the row while Stripe does not answer', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail(everyOf('POST /v1/customers', 'hang'));
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toMatchObject({ userId: sub });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('repeats a call that failed once, within the time limit', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail(firstOf('POST /v1/customers', 'server_error'));
    stage.wires.dynamodb.fail(firstOf('PutItem', 'server_error'));
    await signUp(confirmation(sub));
    const [customer] = await customersOf(sub);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customer?.id });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });
});

describe('A malformed trigger event', () => {
  it.each([
    ['null', null],
    ['a string', 'event'],
    ['an empty object', {}],
    ['no attributes', { triggerSource: 'PostConfirmation_ConfirmSignUp', userPoolId: 'p', request: {} }],
    [
      'no sub',
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        userPoolId: 'p',
        request: { userAttributes: { email: 'a@b.c' } },
      },
    ],
    [
      'a sub that is not a string',
      {
        triggerSource: 'PostConfirmation_ConfirmSignUp',
        userPoolId: 'p',
        request: { userAttributes: { sub: 7 } },
      },
    ],
    [
      'no pool',
      { triggerSource: 'PostConfirmation_ConfirmSignUp', request: { userAttributes: { sub: 'x' } } },
    ],
  ])('is returned unchanged with one line in the log, and nothing is written: %s', async (_, event) => {
    const before = { items: await stage.itemCount(), lines: stage.logs.length };
    expect(await signUp(event)).toEqual(event);
    expect(stage.logs.length - before.lines).toBe(1);
    expect(stage.logs.at(-1)).toMatchObject({ level: 'error', metric: 'malformed_trigger_event' });
    expect(await stage.itemCount()).toBe(before.items);
    expect(stage.wires.stripe.names()).toEqual([]);
  });
});

describe('An incomplete configuration', () => {
  it('does not fail the sign-up, and the log names what is missing', async () => {
    const broken = await createStage({ env: { STRIPE_API_KEY: '' } });
    const event = confirmation(randomUUID());
    const answer = await broken.invoke('post-confirmation', event);
    const lines = JSON.stringify(broken.logs);
    await broken.close();
    expect(answer).toEqual(event);
    expect(lines).toContain('STRIPE_API_KEY');
  });
});
