import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { serveSecrets } from '../../tests/support/secrets-manager.ts';
import { API_KEY, createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf, firstOf } from '../../tests/support/wire.ts';

const stage = await createStage();
afterAll(() => stage.close());
beforeEach(() => stage.calm());

function confirmation(sub: string, on: Stage = stage, attributes: object = {}) {
  return {
    userPoolId: on.poolId,
    userName: sub,
    triggerSource: 'PostConfirmation_ConfirmSignUp',
    request: {
      userAttributes: { sub, email: `${sub}@example.com`, email_verified: 'true', ...attributes },
    },
  };
}

async function signUp(on: Stage = stage, attributes: object = {}): Promise<string> {
  const sub = randomUUID();
  const event = confirmation(sub, on, attributes);
  expect(await on.invoke('post-confirmation', event)).toEqual(event);
  return sub;
}

async function customerOf(sub: string) {
  const { data } = await stage.stripe.customers.list({ limit: 100 });
  return data.find(({ metadata }) => metadata['cognito_sub'] === sub);
}

describe('A sign-up at Stripe’s rate limit', () => {
  it.each(['POST /v1/customers', 'contact'])('has its customer in time after one 429: %s', async (name) => {
    let refused = 0;
    stage.wires.stripe.fail((call) => {
      const isIt = name === 'contact' ? call.name.startsWith('POST /v1/customers/') : call.name === name;
      if (!isIt || refused > 0) return undefined;
      refused += 1;
      return 'throttled';
    });
    const sub = await signUp();
    expect(refused).toBe(1);
    const customer = await customerOf(sub);
    expect(customer).toMatchObject({ email: `${sub}@example.com` });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customer?.id });
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'sign_up', user_id: sub }));
  });

  it('returns the event and has its rows while every call is refused, with three attempts at most', async () => {
    stage.wires.stripe.fail(() => 'throttled');
    const sub = await signUp();
    expect(stage.wires.stripe.names().filter((name) => name === 'POST /v1/customers')).toHaveLength(3);
    expect(await stage.profile(sub)).not.toHaveProperty('stripeCustomerId');
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'sign_up_incomplete', failed: ['customer'], user_id: sub }),
    );
  });

  it('sends the repetition under the same idempotency key', async () => {
    stage.wires.stripe.fail(firstOf('POST /v1/customers', 'throttled'));
    const sub = await signUp();
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    expect(data.filter(({ metadata }) => metadata['cognito_sub'] === sub)).toHaveLength(1);
  });
});

describe('A sign-up with data that Stripe refuses', () => {
  it('is complete without the address and the name, which are in the profile', async () => {
    const from = stage.logs.length;
    const name = 'n'.repeat(300);
    const sub = await signUp(stage, { email: 'ann@localhost', given_name: name });
    const customer = await customerOf(sub);
    expect(customer).toMatchObject({ email: null, name: null });
    expect(await stage.profile(sub)).toMatchObject({
      email: 'ann@localhost',
      givenName: name,
      stripeCustomerId: customer?.id,
    });
    const lines = stage.logs.slice(from);
    expect(lines).toContainEqual(expect.objectContaining({ metric: 'sign_up', user_id: sub }));
    expect(lines).toContainEqual(
      expect.objectContaining({ metric: 'customer_data_omitted', omitted: ['email', 'name'] }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/ann@localhost|nnnnnn/);
  });

  it('has one customer although another release used its idempotency key with other parameters', async () => {
    const api = [
      {
        fault: 'refuse',
        match: 'POST /v1/customers',
        count: 1,
        error: { status: 400, type: 'idempotency_error', message: 'Keys for idempotent requests …' },
      },
    ];
    const body = JSON.stringify({ api });
    await fetch(`${stage.stripeUrl}/_simulator/chaos`, { method: 'POST', body });
    const sub = await signUp();
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: (await customerOf(sub))?.id });
  });

  it('whose key is refused has its rows, and the log names the setting', async () => {
    stage.wires.stripe.fail(everyOf('POST /v1/customers', 'forbidden'));
    const sub = await signUp();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'misconfigured', settings: ['STRIPE_API_KEY'], user_id: sub }),
    );
  });
});

describe('A sign-up without Stripe’s key', () => {
  async function expectRowsOnly(broken: Stage): Promise<void> {
    const sub = await signUp(broken);
    expect(await broken.profile(sub)).toMatchObject({ userId: sub, email: `${sub}@example.com` });
    expect(await broken.entitlement(sub)).toMatchObject({ cognito_sub: sub, status: 'none' });
    expect(broken.logs).toContainEqual(
      expect.objectContaining({ metric: 'sign_up_incomplete', failed: ['customer'], user_id: sub }),
    );
    expect(broken.wires.stripe.calls).toEqual([]);
  }

  it('has its profile and its row, and the log names the setting', async () => {
    const broken = await createStage({ env: { STRIPE_API_KEY: '' } });
    await expectRowsOnly(broken);
    expect(broken.logs).toContainEqual(
      expect.objectContaining({ metric: 'misconfigured', settings: ['STRIPE_API_KEY'] }),
    );
    await broken.close();
  });

  // What only a person can correct is asked for again after a minute.
  it.each([
    ['InternalServiceError', /^cus_/],
    ['AccessDeniedException', /^$/],
    ['ResourceNotFoundException', /^$/],
  ])(
    'has its profile and its row while Secrets Manager answers %s, and goes on afterwards',
    async (error, customerAfterwards) => {
      const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe';
      const secrets = await serveSecrets(new Map([[arn, API_KEY]]));
      const broken = await createStage({
        env: {
          STRIPE_API_KEY: '',
          STRIPE_API_KEY_SECRET_ARN: arn,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
        },
      });
      secrets.refuse(error);
      await expectRowsOnly(broken);
      secrets.refuse(undefined);
      const sub = await signUp(broken);
      const profile = await broken.profile(sub);
      expect(profile?.['userId']).toBe(sub);
      expect(profile?.['stripeCustomerId'] ?? '').toMatch(customerAfterwards);
      await broken.close();
      await secrets.close();
    },
  );
});
