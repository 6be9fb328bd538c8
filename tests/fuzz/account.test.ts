import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent, forms } from '../support/api-events.ts';
import { asDeletion, asUnauthorized } from '../support/shipped-clients.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { answerTo, callsOn, expectDiscreteLogs, forAll, patience } from './checks.ts';
import { corrupted, type Json, json, noSub, object, secrets, texts } from './inputs.ts';

let stage: Stage;
const victim = randomUUID();
const rows = {
  profile: { userId: victim, email: secrets.email, stripeCustomerId: 'cus_of_the_victim' },
  entitlement: { cognito_sub: victim, status: 'active', version: 1 },
};
beforeAll(async () => {
  stage = await createStage();
  await stage.putProfile(rows.profile);
  await stage.putEntitlement(rows.entitlement);
});
beforeEach(() => stage.calm());
afterAll(() => stage.close());

async function expectVictimUntouched(): Promise<void> {
  expect(await stage.itemCount()).toBe(2);
  expect([await stage.profile(victim), await stage.entitlement(victim)]).toEqual([
    rows.profile,
    rows.entitlement,
  ]);
}

const functions = ['entitlements-api', 'delete-user'] as const;
const form = fc.constantFrom(...forms);

/** Names the victim wherever a caller could write. */
const named = {
  headers: {
    authorization: `Bearer ${secrets.token}`,
    sub: victim,
    'x-user-id': victim,
    cookie: `sub=${victim}`,
  },
  queryStringParameters: { sub: victim, userId: victim },
  pathParameters: { sub: victim },
  body: JSON.stringify({
    sub: victim,
    claims: { sub: victim },
    requestContext: { authorizer: { claims: { sub: victim } } },
  }),
  isBase64Encoded: false,
};

describe.each(functions)('%s without an identity', (name) => {
  const expectRefused = async (event: unknown) => {
    const { statusCode, body } = await answerTo(stage, name, event);
    expect([statusCode, body]).toMatchObject([401, { code: 'unauthorized' }]);
    expect(asUnauthorized(body).error).not.toBe('');
    expect(callsOn(stage)).toEqual([]);
  };

  it('answers events of any shape with 401 and calls no other system', patience, async () => {
    await forAll(json, expectRefused);
    await expectVictimUntouched();
  });

  it('answers events with parts of any shape with 401 and calls no other system', patience, async () => {
    const parts = [
      'version',
      'headers',
      'multiValueHeaders',
      'body',
      'isBase64Encoded',
      'rawPath',
      'httpMethod',
    ];
    const event = fc.record(
      {
        ...Object.fromEntries(parts.map((part) => [part, json])),
        requestContext: fc.oneof(json, fc.record({ requestId: json, authorizer: json, identity: json })),
      },
      { requiredKeys: [] },
    );
    await forAll(event, expectRefused);
    await expectVictimUntouched();
  });

  it(
    'answers claims that name no user with 401, even if the victim is named everywhere else, and calls no other system',
    patience,
    async () => {
      const claims = fc.tuple(fc.oneof(object, fc.constant({})), noSub).map(([claims, sub]) => {
        return { ...claims, username: victim, email: secrets.email, sub };
      });
      await forAll(fc.tuple(claims, form), ([claims, form]) => {
        return expectRefused({ ...apiEvent(form, { claims }), ...named });
      });
      await expectVictimUntouched();
    },
  );

  it(
    'answers misplaced claims, and claims that are not an object, with 401 and calls no other system',
    patience,
    async () => {
      const strayClaims = { claims: { sub: victim }, jwt: { sub: victim }, lambda: { sub: victim } };
      const authorizer = fc.oneof(
        json.map((claims): Json => ({ claims: [claims], jwt: { claims: [{ sub: victim }] } })),
        json.map((claims): Json => ({ jwt: claims, principalId: victim, sub: victim })),
        fc.constant(JSON.stringify({ claims: { sub: victim } })),
      );
      await forAll(fc.tuple(authorizer, object), ([authorizer, others]) => {
        const requestContext = { ...others, ...strayClaims, authorizer };
        return expectRefused({ ...named, ...strayClaims, requestContext });
      });
      await expectVictimUntouched();
    },
  );
});

describe('A caller with an identity', () => {
  // A wider range than Cognito's subs, which are UUIDs.
  // A `#` marks the items of the tables that belong to no user.
  const sub = fc.oneof(
    fc.uuid(),
    fc.stringMatching(/^[\x21\x22\x24-\x7e]{1,128}$/),
    fc.constantFrom('constructor', 'toString', '__proto__', '.', '..'),
  );
  const request = fc.tuple(sub, object, form).map(([sub, claims, form]) => {
    const all = { ...claims, email: secrets.email, name: secrets.name, sub };
    return { ...apiEvent(form, { claims: all }), ...named };
  });

  it(
    'gets the answer of a user without a row for any valid sub, after one read and no write',
    patience,
    async () => {
      await forAll(request, async (event) => {
        stage.calm();
        const { statusCode, body } = await answerTo(stage, 'entitlements-api', event);
        expect([statusCode, body]).toMatchObject([200, { status: 'none', access_granted: false }]);
        expect(callsOn(stage)).toEqual(['GetItem']);
      });
      await expectVictimUntouched();
    },
  );

  it(
    'gets 200 or 401 from entitlements-api for an event that is corrupted anywhere, and nothing is written',
    patience,
    async () => {
      const event = fc
        .tuple(request, form)
        .chain(([event]) => corrupted(JSON.parse(JSON.stringify(event)) as Json));
      await forAll(event, async (event) => {
        stage.calm();
        const { statusCode } = await answerTo(stage, 'entitlements-api', event);
        expect(callsOn(stage)).toEqual(statusCode === 200 ? ['GetItem'] : []);
        expect([200, 401, 405]).toContain(statusCode);
      });
      await expectVictimUntouched();
    },
  );

  it('deletes the own user with any valid sub, and no other user', patience, async () => {
    const deletion = fc.tuple(sub, object, form).map(([sub, claims, form]) => {
      const route = { method: 'DELETE', path: '/me/account' };
      return { ...apiEvent(form, { ...route, claims: { ...claims, sub } }), ...named };
    });
    await forAll(deletion, async (event) => {
      const { statusCode, body } = await answerTo(stage, 'delete-user', event);
      expect(statusCode).toBe(200);
      expect(asDeletion(body).success).toBe(true);
    });
    await expectVictimUntouched();
  });

  it(
    'deletes no one with any other method, and the answer names the one that is allowed',
    patience,
    async () => {
      const method = fc.oneof(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'get', 'delete '),
        texts.filter((text) => !['', 'DELETE'].includes(text.toUpperCase())),
      );
      await forAll(fc.tuple(method, form), async ([method, form]) => {
        stage.calm();
        const route = { method, path: '/me/account', claims: { sub: victim, 'cognito:username': victim } };
        const answer = (await stage.invoke('delete-user', apiEvent(form, route))) as Record<string, unknown>;
        expect([204, 405]).toContain(answer['statusCode']);
        expect(answer['headers']).toMatchObject({ Allow: 'DELETE, OPTIONS' });
        expect(callsOn(stage)).toEqual([]);
      });
      await expectVictimUntouched();
    },
  );
});

// No log line of any test contains an email address, a name, a key or a token.
afterAll(() => expectDiscreteLogs(stage));
