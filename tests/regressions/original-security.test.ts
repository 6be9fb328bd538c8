/** Defects of the Python functions in requests, security and operation: 25 to 33. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { searchQueryFor } from '../../adapters/stripe/metadata.ts';
import { entitlementStatuses } from '../../contract/entitlements.ts';
import { functionNames } from '../../contract/functions.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import { apiEvent, forms } from '../support/api-events.ts';
import { row } from '../support/rows.ts';
import { createStage, WEBHOOK_SECRET } from '../support/stage.ts';
import { openStripeStub } from '../support/stripe-stub.ts';
import { basilJson, T0 } from '../support/subscriptions.ts';
import { delivered, stripeEvent, withSignature } from '../support/webhooks.ts';
import { everyOf } from '../support/wire.ts';
import { confirmation, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ env: { STRIPE_WEBHOOK_SECRET: `whsec_test_next,${WEBHOOK_SECRET}` } });
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

describe.each(forms)('The webhook (%s)', (form) => {
  it.each([
    ['stripe-signature', true, WEBHOOK_SECRET],
    ['Stripe-Signature', false, 'whsec_test_next'],
    ['STRIPE-SIGNATURE', true, 'whsec_test_next'],
  ])(
    'original defect 25: processes an event with the header %s, base64 encoding %s and either secret',
    async (headerName, base64, secret) => {
      const { stage, createUser, subscribe } = scene;
      const { sub, customerId } = await createUser();
      await subscribe(customerId);
      const event = stripeEvent('customer.subscription.created', { id: 'sub_x', customer: customerId });
      const delivery = delivered(event, { form, headerName, base64, secret });
      expect((await stage.call('stripe-webhook', delivery)).statusCode).toBe(200);
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    },
  );
});

it('original defect 26: every event that a deletion causes is accepted, with and without metadata', async () => {
  const { stage, createUser, subscribe, deleteAccount, send } = scene;
  const user = await createUser();
  await subscribe(user.customerId);
  expect((await deleteAccount(user)).statusCode).toBe(200);
  const { data: events } = await stage.stripe.events.list({ limit: 20 });
  const types = ['customer.deleted', 'customer.subscription.deleted'];
  const caused = events.filter(({ type, data }) => {
    return types.includes(type) && JSON.stringify(data.object).includes(user.customerId);
  });
  expect(caused.map(({ type }) => type).sort()).toEqual(types);
  // Spreading the union of all Stripe events would take the compiler three minutes.
  for (const event of caused as readonly { readonly data: { readonly object: object } }[]) {
    expect((await send(event)).statusCode).toBe(200);
    const bare = { ...event, data: { object: { ...event.data.object, metadata: {} } } };
    expect((await send(bare)).statusCode).toBe(200);
  }
  expect(await stage.entitlement(user.sub)).toBeUndefined();
});

describe('The identity of a caller', () => {
  it.each(forms)(
    'original defect 27: comes only from verified claims, never from anything else in the request (%s)',
    async (form) => {
      const { stage, createUser } = scene;
      const victim = await createUser();
      const jwt = `e30.${Buffer.from(JSON.stringify({ sub: victim.sub })).toString('base64url')}.`;
      const headers = { Cookie: `idToken=${jwt}`, Authorization: `Bearer ${jwt}`, 'x-user-id': victim.sub };
      const body = JSON.stringify({ userId: victim.sub, sub: victim.sub });
      for (const [name, method] of [
        ['delete-user', 'DELETE'],
        ['entitlements-api', 'GET'],
      ] as const) {
        const event = apiEvent(form, { method, path: `/me/${victim.sub}`, headers, body });
        expect((await stage.call(name, event)).statusCode).toBe(401);
      }
      expect(stage.wires.dynamodb.names()).toEqual([]);
      expect(await stage.profile(victim.sub)).toMatchObject({ stripeCustomerId: victim.customerId });
    },
  );

  it('original defect 27: is escaped in search queries, whatever characters it contains', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '\\', ' ', 'O', 'R', ':', '"', '[', ']') }),
        (sub) => {
          const query = searchQueryFor(sub);
          const values = [...query.matchAll(/metadata\['cognito_(?:sub|user_id)'\]:'((?:[^'\\]|\\.)*)'/gs)];
          expect(values.map(([whole]) => whole).join(' OR ')).toBe(query);
          for (const [, value] of values) expect(value?.replace(/\\(.)/gs, '$1')).toBe(sub);
        },
      ),
    );
  });
});

it('original defect 29: no log line contains an email address, a name, a token or a key, and no response contains internal details', async () => {
  const { stage, notify } = scene;
  const sub = randomUUID();
  const personal = { email: 'jane.roe@example.com', given_name: 'Jane', family_name: 'Roe' };
  await stage.invoke('post-confirmation', confirmation(stage, sub, {}, personal));
  const headers = { Authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.secret.token' };
  stage.wires.dynamodb.fail(everyOf('GetItem', 'server_error'));
  const event = apiEvent('rest', {
    path: '/me/entitlements',
    headers,
    claims: { sub, email: personal.email },
  });
  const answer = await stage.call('entitlements-api', event);
  const failed = await notify('cus_x', 'invoice.paid', {
    data: { object: { customer: 'cus_x', metadata: { cognito_sub: sub } } },
  });
  expect([answer.statusCode, failed.statusCode]).toEqual([503, 503]);
  for (const { body } of [answer, failed]) {
    expect(Object.keys(body).sort()).toEqual(['code', 'error', 'request_id', 'status', 'title', 'type']);
    expect(JSON.stringify(body)).not.toMatch(/InternalServerError|dynamodb|GetItem/i);
  }
  const lines = JSON.stringify(stage.logs);
  expect(lines).toContain(sub);
  expect(lines).not.toMatch(/jane|roe|eyJhbGci|sk_test|whsec/i);
});

describe('The reported status', () => {
  it.each([
    ['paused', 'canceled', 'canceled'],
    ['unpaid', 'past_due', 'past_due'],
    ['a_status_of_tomorrow', 'none', 'no_entitlement'],
  ])(
    'original defect 30: for %s is %s, without access, while the row keeps Stripe’s own status',
    async (stripeStatus, status, reason) => {
      const { stage, createUser, subscribe, notify, control, entitlements } = scene;
      const { sub, customerId } = await createUser();
      const { id } = await subscribe(customerId);
      await control(`subscriptions/${id}/set`, { status: stripeStatus });
      await notify(customerId);
      expect(await entitlements(sub)).toMatchObject({ status, access_granted: false, access_reason: reason });
      expect(await stage.entitlement(sub)).toMatchObject({ stripe_status: stripeStatus });
    },
  );

  it('original defect 30: is one of the five documented ones, whatever the row contains', () => {
    const policy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
    const statuses = fc.oneof(
      fc.string(),
      fc.constantFrom('trial_expired', 'paused', ...entitlementStatuses),
    );
    fc.assert(
      fc.property(statuses, (status) => {
        expect(entitlementStatuses).toContain(answerOf(row({ status }), T0, policy).status);
      }),
    );
  });
});

it('original defect 31: a subscription without items is synced and logged, and gives no access', async () => {
  const stub = await openStripeStub();
  const stubbed = await openScene({ env: { STRIPE_API_BASE: stub.url } });
  const { sub, customerId } = await stubbed.createUser();
  stub.answer(`GET /v1/customers/${customerId}`, {
    body: { id: customerId, metadata: { cognito_sub: sub } },
  });
  const empty = { object: 'list', has_more: false, data: [] };
  const subscription = basilJson({ customer: customerId, items: empty });
  stub.answer('GET /v1/subscriptions', { body: { ...empty, data: [subscription] } });
  const { statusCode } = await stubbed.notify(customerId);
  const made = await stubbed.stage.entitlement(sub);
  const metrics = stubbed.stage.logs.map(({ metric }) => metric);
  const access = await stubbed.entitlements(sub);
  await Promise.all([stubbed.stage.close(), stub.close()]);
  expect(statusCode).toBe(200);
  expect(made).toMatchObject({ status: 'active' });
  expect(made).not.toHaveProperty('plan');
  expect(access).toMatchObject({ access_granted: false });
  expect(metrics).toContain('missing_period');
});

it('original defect 32: every function is tested as it is built, and no build output is committed', async () => {
  expect((await readFile('.gitignore', 'utf8')).split('\n')).toContain('dist/');
  for (const name of functionNames) {
    const files = await readdir(path.join('functions', name));
    const tests = files.filter((file) => file.endsWith('.test.ts'));
    expect(tests).not.toEqual([]);
    const sources = await Promise.all(
      tests.map((file) => readFile(path.join('functions', name, file), 'utf8')),
    );
    expect(sources.join()).toContain(`'${name}'`);
    expect(files.filter((file) => /\.(zip|cjs|js)$/.test(file))).toEqual([]);
  }
});

it.each(['', ' ', ','])(
  'original defect 33: forged events are answered 500 without any call when the webhook secret is %j',
  async (secret) => {
    const broken = await createStage({ env: { STRIPE_WEBHOOK_SECRET: secret } });
    const forged = JSON.stringify(stripeEvent('invoice.paid', { customer: 'cus_x' }));
    const signatures = ['', `t=${Math.floor(Date.now() / 1000)},v1=`];
    const answers = [];
    for (const signature of signatures) {
      answers.push(await broken.call('stripe-webhook', withSignature(forged, signature)));
    }
    answers.push(await broken.call('stripe-webhook', delivered(forged, { secret: 'whsec_guess' })));
    const asked = Object.values(broken.wires).flatMap((wire) => wire.names());
    await broken.close();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([500, 500, 500]);
    expect(asked).toEqual([]);
  },
);
