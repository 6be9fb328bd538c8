import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { asEntitlements, asUnauthorized } from '../../tests/support/shipped-clients.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { DAY } from '../../tests/support/subscriptions.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { ALLOWED_ORIGINS: 'https://app.example.com' } });
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

const now = () => Math.floor(Date.now() / 1000);

function get(sub: string | undefined, form: Form = 'http', headers: Record<string, string> = {}) {
  const claims = sub === undefined ? undefined : { sub, token_use: 'id' };
  const request = { path: '/me/entitlements', headers, ...(claims === undefined ? {} : { claims }) };
  return stage.call('entitlements-api', apiEvent(form, request));
}

describe.each(forms)('GET /me/entitlements (%s)', (form) => {
  it('answers what an active subscriber may do', async () => {
    const sub = randomUUID();
    const end = now() + 20 * DAY;
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: 'price_pro',
      quantity: null,
      add_ons: [],
      current_period_end: end,
      cancel_at_period_end: false,
      features: ['export', 'teams'],
      updatedAt: '2026-01-01T00:00:00.000Z',
      stripe_customer_ids: ['cus_secret'],
      subscription_id: 'sub_secret',
      stripe_status: 'active',
      version: 3,
    });
    const { statusCode, headers, body } = await get(sub, form);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(body).toEqual({
      status: 'active',
      plan: 'price_pro',
      quantity: null,
      add_ons: [],
      current_period_end: end,
      trial_expires_at: null,
      trial_active: false,
      trial_started_at: null,
      trial_days_remaining: 0,
      access_granted: true,
      access_reason: 'active_subscription',
      cancel_at_period_end: false,
      cancel_at: null,
      features: ['export', 'teams'],
      source: 'stripe',
      manage_url: null,
      payment_pending: false,
      updated_at: '2026-01-01T00:00:00.000Z',
      billing_notices: [],
    });
  });

  it('lets users in for other code and for a person, whatever form the end has', async () => {
    const end = now() + 20 * DAY;
    const onPhone = { status: 'active', platform: 'revenuecat', plan: 'monthly_pro' };
    for (const current_period_end of [end, String(end), end * 1000, new Date(end * 1000).toISOString()]) {
      const sub = randomUUID();
      await stage.putEntitlement({ cognito_sub: sub, ...onPhone, current_period_end });
      const answer = {
        access_granted: true,
        plan: 'monthly_pro',
        source: 'app_store',
        current_period_end: end,
      };
      expect((await get(sub, form)).body).toMatchObject(answer);
    }
    const sub = randomUUID();
    for (const current_period_end of [-1, 'soon', 10n ** 18n, now() - 9 * DAY, '2020-01-01']) {
      await stage.putEntitlement({ cognito_sub: sub, ...onPhone, current_period_end });
      expect((await get(sub, form)).body).toMatchObject({ access_granted: false });
    }
    await stage.putEntitlement({ cognito_sub: sub, status: 'active' });
    expect((await get(sub, form)).body).toMatchObject({ access_granted: true, source: null });
  });

  it('answers no entitlement for a user without a row, with null for every unknown value', async () => {
    const { statusCode, body } = await get(randomUUID(), form);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      status: 'none',
      access_granted: false,
      access_reason: 'no_entitlement',
      plan: null,
    });
  });

  it('answers 401 without an identity, and reads nothing', async () => {
    const { statusCode, headers, body } = await get(undefined, form);
    expect(statusCode).toBe(401);
    expect(headers['Content-Type']).toBe('application/problem+json');
    expect(body).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(asUnauthorized(body).error).toBe('The request has no verified identity.');
    expect(stage.wires.dynamodb.names()).toEqual([]);
  });
});

describe('The entitlements function', () => {
  it('reads one item and writes nothing, whatever the row holds', async () => {
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, status: 'trialing', trial_expires_at: now() - DAY });
    stage.calm();
    const { body } = await get(sub);
    expect(body).toMatchObject({ status: 'trialing', access_granted: false, access_reason: 'trial_expired' });
    expect(stage.wires.dynamodb.names()).toEqual(['GetItem']);
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(await stage.entitlement(sub)).toEqual({
      cognito_sub: sub,
      status: 'trialing',
      trial_expires_at: expect.any(Number),
    });
  });

  it.each(['server_error', 'throttled', 'reset_before'] as const)(
    'answers 503 when the table cannot be read (%s), never a false "none"',
    async (fault) => {
      const sub = randomUUID();
      stage.wires.dynamodb.fail(everyOf('GetItem', fault));
      const { statusCode, headers, body } = await get(sub);
      expect(statusCode).toBe(503);
      expect(headers['Retry-After']).toBe('5');
      expect(body).toMatchObject({ code: 'unavailable' });
      expect(body).not.toHaveProperty('access_granted');
    },
  );
});

describe('A row of another writer', () => {
  it.each([
    [
      'nulls',
      { status: null, plan: null, current_period_end: null, trial_expires_at: null, updatedAt: null },
      { status: 'none', access_reason: 'no_entitlement' },
    ],
    [
      'trial_expired',
      { status: 'trial_expired', trial_expires_at: 1_700_000_000, trial_days_remaining: 0 },
      { status: 'none', access_reason: 'trial_expired', trial_days_remaining: 0 },
    ],
    [
      'a trial that the app granted',
      {
        status: 'trialing',
        trial_expires_at: now() + 3 * DAY - 60,
        trial_started_at: '2026-01-01T09:30:00.123456+00:00',
        trial_days_remaining: 9,
      },
      {
        status: 'trialing',
        trial_started_at: '2026-01-01T09:30:00.123456+00:00',
        access_granted: true,
        access_reason: 'trial',
        trial_active: true,
        trial_days_remaining: 3,
      },
    ],
    [
      'times stored as text',
      { status: 'active', plan: 'price_a', current_period_end: String(now() - 10 * DAY) },
      { access_granted: false, access_reason: 'lapsed' },
    ],
    [
      'a number beyond the range of a double',
      { status: 'active', plan: 'price_a', trial_expires_at: null, odd: 123_456_789_012_345_680_000n },
      { access_reason: 'active_subscription' },
    ],
  ])('is read correctly when it holds: %s', async (_, item, expected) => {
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, ...item });
    const { statusCode, body } = await get(sub);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject(expected);
  });
});

describe('The start of a trial', () => {
  it.each([
    '2026-01-01',
    '2026-01-01T09:30:00Z',
    '2026-01-01T09:30:00.123456',
    '2026-01-01T09:30:00.5+02:00',
    '2026-01-01T09:30-0800',
  ])('is the text that the app’s own job has written: %s', async (stored) => {
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, status: 'trialing', trial_started_at: stored });
    expect(asEntitlements((await get(sub)).body).trial_started_at).toBe(stored);
  });

  it.each([
    null,
    '',
    'yesterday',
    '1767259800',
    1_767_259_800,
    true,
    ['2026-01-01'],
    '2026-13-01',
    '2026-01-01 09:30',
    'on 2026-01-01',
    '2026-01-01T09:30:00Z or so',
  ])('is null if it cannot be read: %j', async (stored) => {
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, status: 'trialing', trial_started_at: stored });
    expect(asEntitlements((await get(sub)).body).trial_started_at).toBeNull();
  });
});

describe('A shipped client', () => {
  it('decodes the answer about a user without a row', async () => {
    const { body } = await get(randomUUID());
    expect(asEntitlements(body)).toMatchObject({ trial_started_at: null, trial_days_remaining: 0 });
  });

  it('decodes the answer about a row that has values of any type in the attributes that the answer shows', async () => {
    const shown = [
      'status',
      'plan',
      'current_period_end',
      'trial_expires_at',
      'trial_started_at',
      'trial_days_remaining',
      'updatedAt',
    ];
    const value = fc.oneof(
      fc.constantFrom<unknown>('trialing', 'trial_expired', 'active', '2026-01-01', '', null, true),
      fc.integer(),
      fc.constantFrom<unknown>(0.5, -0.5, 1e15, 10n ** 20n, '1e20', '-1e100', 'Infinity'),
      fc.string(),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.record({ at: fc.integer() }),
    );
    const item = fc.record(Object.fromEntries(shown.map((name) => [name, value])), { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(item, async (attributes) => {
        const sub = randomUUID();
        await stage.putEntitlement({ cognito_sub: sub, ...attributes });
        const { statusCode, body } = await get(sub);
        expect(statusCode).toBe(200);
        expect(asEntitlements(body)).toEqual(expect.any(Object));
      }),
      { numRuns: isLongRun ? 500 : 50 },
    );
  });
});

describe('The configuration of the entitlements function', () => {
  it('sets the graces', async () => {
    const strict = await createStage({ env: { RENEWAL_GRACE_HOURS: '0', PAST_DUE_GRACE_DAYS: '3' } });
    const [lapsed, late] = [randomUUID(), randomUUID()];
    await strict.putEntitlement({
      cognito_sub: lapsed,
      status: 'active',
      plan: 'p',
      current_period_end: now() - 60,
    });
    await strict.putEntitlement({
      cognito_sub: late,
      status: 'past_due',
      plan: 'p',
      current_period_end: now() + DAY,
      past_due_since: now() - DAY,
    });
    const ask = (sub: string) => strict.call('entitlements-api', apiEvent('http', { claims: { sub } }));
    const answers = [await ask(lapsed), await ask(late)].map(({ body }) => body['access_reason']);
    await strict.close();
    expect(answers).toEqual(['lapsed', 'past_due_grace']);
  });

  it('is named in the log where it is missing or invalid, and no access is given', async () => {
    const broken = await createStage({ env: { AWS_REGION: '', RENEWAL_GRACE_HOURS: 'soon' } });
    const answer = await broken.call('entitlements-api', apiEvent('http', { claims: { sub: 'x' } }));
    await broken.close();
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toMatchObject({ code: 'misconfigured' });
    expect(answer.body).not.toHaveProperty('detail');
    const settings = ['AWS_REGION', expect.stringContaining('RENEWAL_GRACE_HOURS')];
    expect(broken.logs.at(-1)).toMatchObject({ metric: 'misconfigured', settings });
  });

  it('lets only an allowed origin read the answer', async () => {
    const allowed = await get(randomUUID(), 'rest', { Origin: 'https://app.example.com' });
    expect(allowed.headers['Access-Control-Allow-Origin']).toBe('https://app.example.com');
    const other = await get(randomUUID(), 'rest', { Origin: 'https://evil.example.com' });
    expect(other.headers).not.toHaveProperty('Access-Control-Allow-Origin');
  });
});
