import { tmpdir } from 'node:os';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { handledEventTypes, subscribedEventTypes } from '../contract/stripe-events.ts';
import { checkNames } from '../core/reconcile/checks/index.ts';
import { createLocalCloud, type LocalCloud } from '../local/cloud/cloud.ts';
import { idOf } from '../tests/support/buyers.ts';
import { type Front, type FrontRules, inFront as frontOf } from '../tests/support/in-front.ts';
import { refusalsOf } from '../tests/support/refusals.ts';
import { scriptRunner } from '../tests/support/run-script.ts';

let cloud: LocalCloud;
let stripe: Stripe;
beforeAll(async () => {
  cloud = await createLocalCloud({
    ephemeral: true,
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
  });
  const { hostname: host, port } = new URL(cloud.urls.stripe);
  stripe = new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', {
    host,
    port: Number(port),
    protocol: 'http',
    telemetry: false,
  });
}, 60_000);
afterAll(() => cloud.close());

const fronts: Front[] = [];
afterEach(() => {
  for (const front of fronts.splice(0)) front.close();
});

function doctor(changes: Readonly<Record<string, string>> = {}, ...args: readonly string[]) {
  const env = { ...cloud.env, ...changes };
  return scriptRunner(new URL('doctor.ts', import.meta.url), { cwd: tmpdir(), env })(...args);
}

async function inFront(of: string, rules: FrontRules): Promise<string> {
  const front = await frontOf(of, rules);
  fronts.push(front);
  return front.url;
}

async function endpointId(): Promise<string> {
  const { data } = await stripe.webhookEndpoints.list();
  return data[0]?.id ?? '';
}

describe('The doctor', () => {
  it('finds no problem in a new local cloud', async () => {
    const { code, text } = await doctor();
    expect(text).not.toContain('✗');
    expect(text.match(/^✓ /gm)).toHaveLength(19);
    expect(code).toBe(0);
  });

  it('prints the findings as JSON with --json', async () => {
    const { code, text } = await doctor({ TRIAL_DAYS: 'many' }, '--json');
    expect(code).toBe(2);
    const { findings } = JSON.parse(text) as { findings: { check: string; problems: unknown[] }[] };
    expect(findings.filter(({ problems }) => problems.length > 0)).toMatchObject([{ check: 'variables' }]);
  });

  const problemsIn = async (changes: Readonly<Record<string, string>>) => {
    const { code, text } = await doctor(changes);
    expect(code).toBe(2);
    for (const secret of [cloud.env['STRIPE_API_KEY'], cloud.env['STRIPE_WEBHOOK_SECRET']]) {
      expect(text).not.toContain(secret);
    }
    return text.split('\n').flatMap((line, index, all) => {
      return line.startsWith('✗ ') ? [[line.slice(2), (all[index + 1] ?? '').trim()]] : [];
    });
  };

  const start = 'npm start';
  const again = 'run npm start, then run the doctor again in a new terminal';
  const withStripe =
    'post-confirmation, stripe-webhook, delete-user, checkout, billing-portal, subscription, billing, prices, reconcile';
  const fresh = 'run npm start -- --ephemeral, which starts without stored data';

  it.each([
    [
      'a missing variable',
      { CHECKOUT_PRICES: '' },
      ['variables: CHECKOUT_PRICES is not set (checkout, subscription, prices)', again],
    ],
    [
      'an invalid variable',
      { PAST_DUE_GRACE_DAYS: 'a few' },
      [
        'variables: PAST_DUE_GRACE_DAYS is not a number: set a number from 0 to 365 (entitlements-api, checkout, subscription)',
        again,
      ],
    ],
    [
      'a refund that is no policy',
      { DELETION_REFUND: 'half' },
      [
        'variables: DELETION_REFUND is no policy: set none, pro_rata, full_within_days:DAYS with 1 to 365 days, or that and ,pro_rata (delete-user)',
        again,
      ],
    ],
    ['a missing table', { USERS_TABLE: 'Nowhere' }, ['tables: the table Nowhere is missing', start]],
    [
      'a missing pool',
      { COGNITO_USER_POOL_ID: 'us-east-1_missing' },
      ['trigger: the user pool us-east-1_missing is missing', again],
    ],
    [
      'a price that does not exist in Stripe',
      { CHECKOUT_PRICES: 'pro_monthly,gold' },
      ['prices: no active Stripe price has the id or lookup key gold', again],
    ],
    [
      'an order that names a plan twice',
      { ACCESS_POLICY: '{"plan_order": ["pro_monthly", "pro_monthly"]}' },
      [
        'variables: ACCESS_POLICY is not valid: plan_order names pro_monthly twice (stripe-webhook, entitlements-api, checkout, subscription, reconcile)',
        again,
      ],
    ],
    [
      'a portal configuration that does not exist',
      { PORTAL_CONFIGURATION: 'bpc_gone' },
      [
        'portal: PORTAL_CONFIGURATION: Stripe has no portal configuration bpc_gone in the mode of the API key',
        again,
      ],
    ],
    [
      'a price that the order of plans leaves out',
      { ACCESS_POLICY: '{"plan_order": ["pro_monthly"]}' },
      [
        'prices: the order of plans does not name the price pro_yearly, so it is lower than every plan in it',
        again,
      ],
    ],
    [
      'a trial that is longer than Stripe accepts',
      { TRIAL_DAYS: '731' },
      ['variables: TRIAL_DAYS is too large: set a whole number from 0 to 730 (checkout, prices)', again],
    ],
    [
      'a publishable key',
      { STRIPE_API_KEY: 'pk_test_123' },
      [
        `variables: STRIPE_API_KEY is a publishable key of Stripe (pk_…): store a secret key (sk_…) or a restricted key (rk_…) of Stripe (${withStripe})`,
        again,
      ],
    ],
    [
      'a rotated key',
      { STRIPE_API_KEY: 'sk_test_rotated' },
      ['stripe key: Stripe rejects the API key: it was rotated or deleted', again],
    ],
    [
      'a webhook secret that the function does not have',
      { STRIPE_WEBHOOK_SECRET: 'whsec_another' },
      [
        'webhook: the webhook rejects deliveries signed with the stored secret: it still has another secret, or its clock is wrong',
        again,
      ],
    ],
    [
      'a value that is not a webhook secret',
      { STRIPE_WEBHOOK_SECRET: 'sk_test_mistaken' },
      [
        'variables: STRIPE_WEBHOOK_SECRET is a key of Stripe in test mode: store the secret of the webhook endpoint (whsec_…) (stripe-webhook)',
        again,
      ],
    ],
  ])('reports %s', async (_, changes, problem) => {
    expect(await problemsIn(changes)).toEqual([problem]);
  });

  it('reports a plan that the order names by two of its names, in two places', async () => {
    const { data } = await stripe.prices.list({ lookup_keys: ['pro_monthly'] });
    const product = idOf(data[0]?.product ?? null);
    const ordered = (...plan_order: readonly unknown[]) => ({
      ACCESS_POLICY: JSON.stringify({ plan_order }),
    });
    expect(await problemsIn(ordered('pro_monthly', product))).toEqual([
      [
        `prices: the order of plans names the price pro_monthly twice: by pro_monthly and by ${product}`,
        again,
      ],
    ]);
    expect((await doctor(ordered(['pro_monthly', product]))).code).toBe(0);
    expect((await doctor(ordered(product))).code).toBe(0);
  });

  it('reports a table with another key', async () => {
    const client = new DynamoDBClient({
      endpoint: cloud.urls.dynamodb,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    await client.send(
      new CreateTableCommand({
        TableName: 'Keyed',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists(
      { client, maxWaitTime: 10, minDelay: 0.1, maxDelay: 0.2 },
      { TableName: 'Keyed' },
    );
    expect(await problemsIn({ ENTITLEMENTS_TABLE: 'Keyed' })).toEqual([
      [
        'tables: table Keyed has the key id:HASH:N instead of cognito_sub:HASH:S, so another table must be configured',
        again,
      ],
    ]);
  });

  it('reports a webhook whose function is unavailable', async () => {
    const broken = (path: string): [number, object] | undefined =>
      path.startsWith('/stripe/') ? [503, { code: 'unavailable' }] : undefined;
    expect(
      await problemsIn({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: broken }) }),
    ).toContainEqual([
      'webhook: POST /stripe/webhook returns 503 instead of 400 for a delivery without a signature',
      'see the function’s log lines in the terminal of npm start',
    ]);
  });

  it('reports a restricted key that may not read what the functions or the doctor read', async () => {
    const empty = { object: 'list', data: [], has_more: false, url: '/' };
    const forbidden = /^\/v1\/(?:subscriptions|prices|webhook_endpoints|billing_portal)/;
    const answer = (path: string): [number, object] =>
      forbidden.test(path)
        ? [403, { error: { type: 'invalid_request_error', message: 'no' } }]
        : [200, empty];
    const STRIPE_API_BASE = await inFront(cloud.urls.stripe, { answer, date: new Date().toUTCString() });
    expect(
      await problemsIn({ STRIPE_API_KEY: 'rk_test_narrow', STRIPE_API_BASE, PORTAL_CONFIGURATION: 'bpc_1' }),
    ).toEqual([
      ['stripe key: the restricted Stripe API key has no permission to read subscriptions, prices', again],
      [
        'webhook endpoint: the restricted Stripe API key has no permission to read webhook endpoints, so this cannot be checked',
        again,
      ],
    ]);
  });

  it('reports what the key may not read for the refunds of deleted accounts, if there are any', async () => {
    const answer = (path: string): [number, object] =>
      path.startsWith('/v1/invoiceitems')
        ? [403, { error: { type: 'invalid_request_error', message: 'no' } }]
        : [200, { object: 'list', data: [], has_more: false, url: '/' }];
    const STRIPE_API_BASE = await inFront(cloud.urls.stripe, { answer, date: new Date().toUTCString() });
    const ofKey = async (DELETION_REFUND: string) =>
      (await problemsIn({ STRIPE_API_KEY: 'rk_test_narrow', STRIPE_API_BASE, DELETION_REFUND })).filter(
        ([what]) => what?.startsWith('stripe key'),
      );
    expect(await ofKey('none')).toEqual([]);
    const what = 'stripe key: the restricted Stripe API key has no permission to read invoice items';
    expect(await ofKey('pro_rata')).toEqual([[what, again]]);
  });

  it('reports prices that the checkout cannot sell', async () => {
    const product = (await stripe.products.create({ name: 'Old' })).id;
    const month = { interval: 'month' } as const;
    const terms = { product, currency: 'usd', unit_amount: 990 };
    const { id: meter } = await stripe.billing.meters.create({
      display_name: 'Calls',
      event_name: 'call',
      default_aggregation: { formula: 'sum' },
    });
    const metered = await stripe.prices.create({
      ...terms,
      recurring: { ...month, usage_type: 'metered', meter },
    });
    const once = await stripe.prices.create(terms);
    const archived = await stripe.prices.create({ ...terms, recurring: month });
    await stripe.prices.update(archived.id, { active: false });
    const listed = [metered.id, once.id, archived.id];
    expect(await problemsIn({ CHECKOUT_PRICES: listed.join() })).toEqual([
      [
        `prices: the price ${metered.id} is metered (recurring.usage_type), and metered prices are not supported yet; sell seats, packages or tiers of a licensed price`,
        again,
      ],
      [
        `prices: the price ${once.id} is charged once, and its metadata have neither a predixa_access nor predixa_features that is understood, so it would give nothing`,
        again,
      ],
      [`prices: no active Stripe price has the id or lookup key ${archived.id}`, again],
    ]);
    const ofOld = await stripe.prices.create({ ...terms, recurring: month });
    await stripe.products.update(product, { active: false });
    expect(await problemsIn({ CHECKOUT_PRICES: ofOld.id })).toEqual([
      [`prices: the product of the price ${ofOld.id} is archived`, again],
    ]);
  });

  it('reports a discount that would stop the sale', async () => {
    const what = (text: string) => [`sales: CHECKOUT_DISCOUNT: ${text}`, again];
    const withDiscount = (id: string) =>
      problemsIn({ CHECKOUT_DISCOUNT: id, CHECKOUT_PROMOTION_CODES: 'false' });
    expect(await withDiscount('gone')).toEqual([
      what('Stripe has no coupon or promotion code gone in the mode of the API key'),
    ]);
    const { id: half } = await stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const { code } = await doctor({ CHECKOUT_DISCOUNT: half, CHECKOUT_PROMOTION_CODES: 'false' });
    expect(code).toBe(0);
    const promotion = { type: 'coupon', coupon: half } as const;
    const { id: first } = await stripe.promotionCodes.create({
      promotion,
      restrictions: { first_time_transaction: true },
    });
    expect(await withDiscount(first)).toEqual([
      what(`the promotion code ${first} is limited to some customers, so the others could not buy`),
    ]);
    const { id: pounds } = await stripe.coupons.create({
      amount_off: 100,
      currency: 'gbp',
      duration: 'once',
    });
    expect(await withDiscount(pounds)).toEqual([
      what(`the coupon ${pounds} has no amount in usd, the currency of pro_monthly`),
    ]);
  });

  it('reports metadata of a price that are not understood', async () => {
    const product = (await stripe.products.create({ name: 'Vague' })).id;
    const { id } = await stripe.prices.create({
      product,
      currency: 'usd',
      unit_amount: 990,
      recurring: { interval: 'month' },
      metadata: { predixa_role: 'addon', predixa_trial_days: '7', predixa_features: 'a,,b' },
    });
    const fix = 'correct it in Stripe, to one of the texts in docs/plans.md';
    const what = `in the metadata of the price ${id} is not understood, so it counts as absent`;
    expect(await problemsIn({ CHECKOUT_PRICES: id })).toEqual([
      [`prices: predixa_role ${what}`, fix],
      [`prices: predixa_features ${what}`, fix],
    ]);
  });

  it('reports what Stripe would refuse: an unsaved portal, features that are off, the other mode, an expired key', async () => {
    const inDashboard = refusalsOf({ stripeUrl: cloud.urls.stripe });
    await inDashboard.account({
      portal_settings_saved: false,
      live_mode_ids: ['price_live'],
    });
    const save =
      'save the settings at https://dashboard.stripe.com/settings/billing/portal, in the mode of the API key, or set PORTAL_CONFIGURATION';
    expect(await problemsIn({ CHECKOUT_PRICES: 'price_live' })).toEqual([
      ['prices: the price price_live belongs to the other mode of Stripe than the API key', again],
      ['portal: the settings of the customer portal were never saved', save],
    ]);
    const { id } = await stripe.billingPortal.configurations.create({
      features: { customer_update: { enabled: true }, payment_method_update: { enabled: true } },
    });
    expect(await problemsIn({ PORTAL_CONFIGURATION: id })).toEqual([
      [
        `portal: the portal configuration ${id} has no subscription_cancel, subscription_update: a client that opens this flow gets an error`,
        save,
      ],
    ]);
    await inDashboard.calm();
    await inDashboard.account({ expired_keys: [cloud.env['STRIPE_API_KEY']] });
    expect(await problemsIn({})).toContainEqual(['stripe key: the Stripe API key has expired', again]);
    await inDashboard.calm();
  });

  it('reports undelivered events', async () => {
    const undelivered = await inFront(cloud.urls.stripe, {
      answer: (path) =>
        path.startsWith('/v1/events')
          ? [
              200,
              {
                object: 'list',
                data: [{ id: 'evt_1', object: 'event' }],
                has_more: false,
                url: '/v1/events',
              },
            ]
          : undefined,
    });
    expect(await problemsIn({ STRIPE_API_BASE: undelivered })).toEqual([
      [
        'deliveries: 1 undelivered event in the last three days',
        'npm run reconcile -- --check undelivered_events',
      ],
    ]);
    expect(checkNames).toContain('undelivered_events');
  });

  it('reports routes without an authorizer', async () => {
    const reached = (path: string): [number, object] | undefined =>
      path.startsWith('/me/') ? [401, { code: 'unauthorized' }] : undefined;
    const problems = await problemsIn({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: reached }) });
    expect(problems).toContainEqual([
      'authorizer: GET /me/entitlements has no authorizer, so anyone can reach the function',
      start,
    ]);
    expect(problems.filter(([what]) => what?.startsWith('authorizer'))).toHaveLength(9);
  });

  it('reports a webhook behind an authorizer, which Stripe cannot reach', async () => {
    const guarded = (path: string): [number, object] | undefined =>
      path.startsWith('/stripe/') ? [401, { message: 'Unauthorized' }] : undefined;
    const problems = await problemsIn({ LOCAL_API_URL: await inFront(cloud.urls.api, { answer: guarded }) });
    expect(problems).toContainEqual([
      'webhook: POST /stripe/webhook has an authorizer, so Stripe cannot reach the webhook',
      start,
    ]);
  });

  it('reports a wrong clock', async () => {
    const date = new Date(Date.now() - 400_000).toUTCString();
    const problems = await problemsIn({ STRIPE_API_BASE: await inFront(cloud.urls.stripe, { date }) });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.[0]).toMatch(
      /^clock: the clocks of this machine and Stripe differ by (?:399|40\d) s/,
    );
    expect(problems[0]?.[1]).toContain('set-ntp');
  });

  it('reports a webhook endpoint that lacks event types, is disabled, exists twice or is missing', async () => {
    const id = await endpointId();
    await stripe.webhookEndpoints.update(id, { enabled_events: ['customer.deleted'] });
    const [[problem, fix] = []] = await problemsIn({});
    expect(problem).toContain(
      'webhook endpoint: the webhook endpoint is not subscribed to charge.dispute.closed, ',
    );
    expect(fix).toBe(again);
    await stripe.webhookEndpoints.update(id, { enabled_events: [...handledEventTypes] });
    const [[older, olderFix] = [], ...others] = await problemsIn({});
    expect(older).toContain('webhook endpoint: apps do not see what customer.source.expiring, ');
    expect(older).toContain('access is not affected');
    expect([olderFix, ...others]).toEqual([again]);
    const before = subscribedEventTypes.filter((type) => type !== 'customer.updated');
    await stripe.webhookEndpoints.update(id, { enabled_events: before });
    const missing = 'webhook endpoint: the webhook endpoint is not subscribed to customer.updated';
    expect(await problemsIn({})).toEqual([[missing, again]]);
    await stripe.webhookEndpoints.update(id, { enabled_events: ['*'], disabled: true });
    expect(await problemsIn({})).toEqual([
      [`webhook endpoint: the webhook endpoint ${id} is disabled`, again],
    ]);
    await stripe.webhookEndpoints.update(id, { disabled: false });
    const { url } = await stripe.webhookEndpoints.retrieve(id);
    const second = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    expect(await problemsIn({})).toEqual([
      ['webhook endpoint: 2 webhook endpoints send to this API: a secret rotation is not finished', fresh],
    ]);
    for (const one of [id, second.id]) await stripe.webhookEndpoints.del(one);
    expect(await problemsIn({})).toEqual([
      ['webhook endpoint: Stripe has no webhook endpoint for this API', again],
    ]);
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
  });

  it('reports in one line that no local cloud runs, or that a stage is unknown', async () => {
    const notStarted = await doctor({ LOCAL_API_URL: '' });
    expect(notStarted).toMatchObject({
      code: 1,
      text: expect.stringContaining('No local cloud runs here. Start one with npm start'),
    });
    const unknown = await doctor({}, '--stage', 'moon');
    expect(unknown).toEqual({ code: 1, text: '--stage must be one of dev, prod, not moon\n' });
    const stopped = await doctor({ LOCAL_API_URL: 'http://127.0.0.1:9' });
    expect(stopped).toEqual({
      code: 1,
      text: 'The local cloud does not respond at http://127.0.0.1:9, where it ran last. Start it with npm start\n',
    });
    const unreachable = await doctor({ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' });
    expect(unreachable.text).toContain('✗ tables: could not be checked: ECONNREFUSED');
  });
});
