import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../contract/functions.ts';
import { apiEvent, forms } from '../support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../support/payers.ts';
import { asUnauthorized } from '../support/shipped-clients.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { answerTo, callsOn, expectDiscreteLogs, forAll, patience, writesOn } from './checks.ts';
import { corrupted, json, noSub, object, secrets, texts } from './inputs.ts';

let stage: Stage;
let caller: { readonly sub: string; readonly username: string };
let subscriber: string;
const stranger = randomUUID();

beforeAll(async () => {
  stage = await createStage({ env: { ALLOWED_ORIGINS: 'https://app.example.com' } });
  const price = await monthlyPrice(stage);
  await stage.stripe.prices.update(price, { lookup_key: 'pro_monthly' });
  const Username = `${randomUUID()}@example.com`;
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({ UserPoolId: stage.poolId, Username, MessageAction: 'SUPPRESS' }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  caller = { sub, username: User?.Username ?? '' };
  for (const owner of [stranger, 'subscriber']) {
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: owner } });
    await stage.putProfile({ userId: owner, stripeCustomerId: customerId });
    await stage.putEntitlement({ cognito_sub: owner, status: 'none', stripe_customer_ids: [customerId] });
  }
  subscriber = 'subscriber';
});
beforeEach(() => stage.calm());
afterAll(() => stage.close());

const form = fc.constantFrom(...forms);

const routes = [
  { name: 'checkout', path: '/me/checkout-session' },
  { name: 'checkout', path: '/me/entitlements/sync' },
  { name: 'billing-portal', path: '/me/billing-portal-session' },
] as const satisfies readonly { readonly name: FunctionName; readonly path: string }[];

const claimsOf = (sub: unknown, username: unknown = sub) => ({ sub, 'cognito:username': username });

/** The stranger is named wherever a caller could write. */
const named = {
  headers: { 'x-user-id': stranger, cookie: `sub=${stranger}`, authorization: `Bearer ${secrets.token}` },
  queryStringParameters: { sub: stranger, customer: stranger },
  pathParameters: { sub: stranger },
};

describe.each(routes)('$path without an identity', ({ name, path }) => {
  it('answers claims that name no user with 401 and calls no other system', patience, async () => {
    const claims = fc.tuple(object, noSub).map(([claims, sub]) => ({ ...claims, sub }));
    await forAll(fc.tuple(claims, form, json), async ([claims, form, body]) => {
      const request = { method: 'POST', path, claims, body: JSON.stringify(body) };
      const answer = await answerTo(stage, name, { ...apiEvent(form, request), ...named });
      expect(answer).toMatchObject({ statusCode: 401, body: { code: 'unauthorized' } });
      expect(asUnauthorized(answer.body).error).not.toBe('');
      expect(callsOn(stage)).toEqual([]);
    });
  });
});

/** The error codes that the contract lists for invalid requests. */
const refusals = [
  'malformed_request',
  'price_not_allowed',
  'quantity_not_allowed',
  'promotion_not_allowed',
  'return_url_not_allowed',
  'flow_not_allowed',
];

/** URLs that a naive check mistakes for ours, although a browser opens another site. */
const evilUrls = fc.oneof(
  texts,
  fc.webUrl(),
  fc.constantFrom(
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://evil.example/https://app.example.com',
    'https://evil.example#https://app.example.com',
    '//app.example.com',
    'https:\\\\evil.example\\app.example.com',
    'https://app.example.com:8443/',
    'http://app.example.com/',
    'javascript:alert(1)//https://app.example.com',
    'data:text/html,https://app.example.com',
    'https://аpp.example.com/',
    ' https://app.example.com/',
    'https://app.example.com\n.evil.example/',
    'https://app.example.com%2eevil.example/',
  ),
);

describe('A caller with an identity', () => {
  const post = (path: string, body: string, form: 'http' | 'rest') => {
    const claims = claimsOf(caller.sub, caller.username);
    return { ...apiEvent(form, { method: 'POST', path, claims, body }), ...named };
  };
  const expectRefusedUnseen = async (name: FunctionName, event: unknown) => {
    stage.calm();
    const { statusCode, body } = await answerTo(stage, name, event);
    expect(statusCode).toBe(400);
    expect(refusals).toContain((body as { code: unknown }).code);
    expect(writesOn(stage)).toEqual([]);
    expect(stage.wires.stripe.names().filter((name) => !name.startsWith('GET /v1/prices'))).toEqual([]);
  };

  it(
    'gets 400 from checkout for a body that is not a checkout request, and nothing is created',
    patience,
    async () => {
      const request = fc.oneof(
        json,
        object,
        // Everything except the one price that is offered.
        fc.record({ price: fc.oneof(json, texts) }),
        fc.record({
          price: fc.constant('pro_monthly'),
          quantity: fc.oneof(json, fc.integer()).filter((it) => it !== 1),
        }),
        fc.record({ price: fc.constant('pro_monthly'), promotion: json.filter((it) => it !== false) }),
        fc.record({ price: fc.constant('pro_monthly'), customer: json }),
        fc.record({ price: fc.constant('pro_monthly'), trial_period_days: json }),
      );
      const before = await stage.itemCount();
      await forAll(fc.tuple(request, form), async ([request, form]) => {
        await expectRefusedUnseen('checkout', post('/me/checkout-session', JSON.stringify(request), form));
      });
      expect(await stage.itemCount()).toBe(before);
    },
  );

  it('gets 400 from checkout for a body that is not a JSON object', patience, async () => {
    const text = texts.filter((text) => !isJsonObject(text));
    await forAll(fc.tuple(text, form), async ([text, form]) => {
      await expectRefusedUnseen('checkout', post('/me/checkout-session', text, form));
    });
  });

  it('gets 400 for a URL of another site in any field, and Stripe never receives it', patience, async () => {
    const field = fc.constantFrom('success_url', 'cancel_url');
    await forAll(fc.tuple(evilUrls, field, form), async ([url, field, form]) => {
      const request = JSON.stringify({ price: 'pro_monthly', [field]: url });
      await expectRefusedUnseen('checkout', post('/me/checkout-session', request, form));
      const portal = JSON.stringify({ return_url: url });
      await expectRefusedUnseen('billing-portal', post('/me/billing-portal-session', portal, form));
    });
  });

  it(
    'gets 400 from billing-portal for an unknown flow or field, without a call to Stripe',
    patience,
    async () => {
      const request = fc.oneof(
        json.filter((body) => typeof body !== 'object' || body === null || Array.isArray(body)),
        fc.record({ flow: json.filter((flow) => flow !== null) }),
        fc.record({ customer: json }),
        fc.record({ return_url: json.filter((url) => url !== null) }),
      );
      await forAll(fc.tuple(request, form), async ([request, form]) => {
        const event = post('/me/billing-portal-session', JSON.stringify(request), form);
        await expectRefusedUnseen('billing-portal', event);
      });
    },
  );

  it(
    'never reaches another user with an event that is corrupted anywhere, and never causes a crash',
    patience,
    async () => {
      const before = [await stage.profile(stranger), await stage.entitlement(stranger)];
      const good = await answerTo(
        stage,
        'checkout',
        post('/me/checkout-session', '{"price":"pro_monthly"}', 'rest'),
      );
      expect(good.statusCode).toBe(200);
      const event = fc.constantFrom(...routes).chain(({ name, path }) => {
        const whole = JSON.parse(
          JSON.stringify(post(path, path.includes('checkout') ? '{"price":"pro_monthly"}' : '{}', 'http')),
        ) as object;
        return corrupted(whole as Parameters<typeof corrupted>[0]).map((event) => ({ name, event }));
      });
      await forAll(event, async ({ name, event }) => {
        const { statusCode } = await answerTo(stage, name, event);
        expect([200, 400, 401, 404, 405, 409, 410, 429]).toContain(statusCode);
      });
      expect([await stage.profile(stranger), await stage.entitlement(stranger)]).toEqual(before);
      const text = JSON.stringify(stage.wires.stripe.calls);
      expect(text).not.toContain(stranger);
      expect(text).not.toContain(String(before[0]?.['stripeCustomerId']));
    },
  );

  it('syncs only their own customer after Checkout, whatever the body contains', patience, async () => {
    const own = String((await stage.profile(subscriber))?.['stripeCustomerId']);
    await forAll(fc.tuple(json, form), async ([body, form]) => {
      stage.calm();
      const claims = claimsOf(subscriber);
      const request = { method: 'POST', path: '/me/entitlements/sync', claims, body: JSON.stringify(body) };
      const { statusCode } = await answerTo(stage, 'checkout', { ...apiEvent(form, request), ...named });
      expect([200, 429]).toContain(statusCode);
      const asked = stage.wires.stripe.calls.map(({ url }) => /cus_\w+/.exec(url)?.[0] ?? own);
      expect(asked.every((id) => id === own)).toBe(true);
    });
  });
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

// No log line of any test contains an email address, a name, a key or a token.
afterAll(() => expectDiscreteLogs(stage));
