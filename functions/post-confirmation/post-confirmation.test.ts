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

describe('a confirmed sign-up', () => {
  it('makes a Stripe customer, a profile and an entitlement that gives nothing yet, and gives the event back', async () => {
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

  it('failure mode 26: three overlapping invocations make one customer, one profile, one row', async () => {
    const sub = randomUUID();
    const event = confirmation(sub);
    const answers = await Promise.all([signUp(event), signUp(event), signUp(event)]);
    expect(answers).toEqual([event, event, event]);
    const customers = await customersOf(sub);
    expect(customers).toHaveLength(1);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customers[0]?.id });
  });

  it('failure mode 19: a retry after a lost answer finds the customer that was made', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail((call) => (call.name === 'POST /v1/customers' ? 'reset_after' : undefined));
    await signUp(confirmation(sub));
    stage.calm();
    await signUp(confirmation(sub));
    const customers = await customersOf(sub);
    expect(customers).toHaveLength(1);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customers[0]?.id });
  });

  it('failure mode 20: an e-mail changed between retries makes no second customer, and Stripe gets the new one', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    await signUp(confirmation(sub, {}, { email: 'changed@example.com' }));
    const customers = await customersOf(sub);
    expect(customers.map(({ email }) => email)).toEqual(['changed@example.com']);
  });

  it('failure mode 23: a customer with the same e-mail is somebody else’s', async () => {
    const email = `${randomUUID()}@example.com`;
    const stranger = await stage.stripe.customers.create({ email });
    const sub = randomUUID();
    await signUp(confirmation(sub, {}, { email }));
    expect((await stage.profile(sub))?.['stripeCustomerId']).not.toBe(stranger.id);
  });

  it('a user without an e-mail gets none made up', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub, {}, { email: undefined, given_name: undefined, family_name: undefined }));
    const [customer] = await customersOf(sub);
    expect(customer?.email).toBeNull();
    expect(await stage.profile(sub)).not.toHaveProperty('email');
  });

  it('a federated user is known by the sub, whatever the username', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub, { userName: 'Google_1234' }));
    expect(await stage.profile(sub)).toMatchObject({ userId: sub });
  });

  it('logs no e-mail address and no name', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    const lines = JSON.stringify(stage.logs);
    expect(lines).toContain(sub);
    expect(lines).not.toMatch(/example\.com|Lovelace|sk_test/);
  });
});

describe('what stands is never overwritten', () => {
  it('failure mode 25: a password reset touches nobody, and calls nobody', async () => {
    const sub = randomUUID();
    const event = confirmation(sub, { triggerSource: 'PostConfirmation_ConfirmForgotPassword' });
    expect(await signUp(event)).toEqual(event);
    expect([...stage.wires.stripe.names(), ...stage.wires.dynamodb.names()]).toEqual([]);
  });

  it('an entitlement that a webhook made first stands', async () => {
    const sub = randomUUID();
    const paid = { cognito_sub: sub, status: 'active', plan: 'price_pro', version: 4 };
    await stage.putEntitlement(paid);
    await signUp(confirmation(sub));
    expect(await stage.entitlement(sub)).toEqual(paid);
  });

  it.each([null, '', ' ', '\t'])(
    'a profile that the app created first keeps its attributes and gains the missing ones, here with the customer %j',
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

  it('a profile’s customer is never exchanged for another', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId: 'cus_of_before' });
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: 'cus_of_before' });
  });

  it('a profile marked for deletion is left alone', async () => {
    const sub = randomUUID();
    const marked = {
      userId: sub,
      deletionRequestedAt: '2026-01-01T00:00:00.000Z',
      stripeCustomerId: 'cus_a',
    };
    await stage.putProfile(marked);
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toEqual(marked);
  });

  it('a repetition that comes after the account was deleted brings nothing back', async () => {
    const sub = randomUUID();
    await signUp(confirmation(sub));
    const claims = { sub, 'cognito:username': sub };
    await stage.call('delete-user', { requestContext: { authorizer: { claims } } });
    await signUp(confirmation(sub));
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
    expect(await customersOf(sub)).toEqual([]);
  });
});

describe('sign-up always ends well, within Cognito’s five seconds', () => {
  const failures = [
    ['stripe', 'POST /v1/customers', 'server_error'],
    ['stripe', 'POST /v1/customers', 'throttled'],
    ['stripe', 'POST /v1/customers', 'hang'],
    ['stripe', 'POST /v1/customers', 'reset_before'],
    ['dynamodb', 'UpdateItem', 'hang'],
    ['dynamodb', 'UpdateItem', 'server_error'],
    ['dynamodb', 'PutItem', 'throttled'],
  ] as const;

  it.each(failures)('%s %s: %s', async (system, name, fault) => {
    const sub = randomUUID();
    const event = confirmation(sub);
    stage.wires[system].fail(everyOf(name, fault));
    // The runtime ends a function after five seconds with an error, as Cognito would stop waiting.
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
  });

  it('rows do not wait for a Stripe that hangs', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail(everyOf('POST /v1/customers', 'hang'));
    await signUp(confirmation(sub));
    expect(await stage.profile(sub)).toMatchObject({ userId: sub });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('one call that fails once is repeated within the time', async () => {
    const sub = randomUUID();
    stage.wires.stripe.fail(firstOf('POST /v1/customers', 'server_error'));
    stage.wires.dynamodb.fail(firstOf('PutItem', 'server_error'));
    await signUp(confirmation(sub));
    const [customer] = await customersOf(sub);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customer?.id });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });
});

describe('bad input', () => {
  it.each([
    ['null', null],
    ['a text', 'event'],
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
      'a sub that is no text',
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
  ])('%s goes back as it came, with one line in the log, and nothing is written', async (_, event) => {
    const before = { items: await stage.itemCount(), lines: stage.logs.length };
    expect(await signUp(event)).toEqual(event);
    expect(stage.logs.length - before.lines).toBe(1);
    expect(stage.logs.at(-1)).toMatchObject({ level: 'error', metric: 'malformed_trigger_event' });
    expect(await stage.itemCount()).toBe(before.items);
    expect(stage.wires.stripe.names()).toEqual([]);
  });

  it('missing configuration is named in the log, and the sign-up goes through', async () => {
    const broken = await createStage({ env: { STRIPE_API_KEY: '' } });
    const event = confirmation(randomUUID());
    const answer = await broken.invoke('post-confirmation', event);
    const lines = JSON.stringify(broken.logs);
    await broken.close();
    expect(answer).toEqual(event);
    expect(lines).toContain('STRIPE_API_KEY');
  });
});
