import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import { rowOf } from '../adapters/dynamodb/entitlement-item.ts';
import { answerOf } from '../core/entitlement/answer.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import { monthlyPrice, payingCustomer } from '../tests/support/payers.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

let stage: Stage;
let poolId: string;
let directory: string;
let price: string;
let backfill: (...args: readonly string[]) => Promise<ScriptEnd>;

beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  const { UserPool } = await stage.cognito.send(
    new CreateUserPoolCommand({ PoolName: 'existing', UsernameAttributes: ['email'] }),
  );
  poolId = UserPool?.Id ?? '';
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-backfill-'));
  price = await monthlyPrice(stage);
  const env = { ...stage.env, COGNITO_USER_POOL_ID: poolId, TRIAL_HASH_KEY: 'a key for the tests' };
  backfill = scriptRunner(new URL('backfill.ts', import.meta.url), { cwd: directory, env });
  return async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  };
});

async function poolUser(name: string): Promise<string> {
  const attributes = { email: `${name}@example.com`, email_verified: 'true' };
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: `${name}@example.com`,
      MessageAction: 'SUPPRESS',
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    }),
  );
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

const onPhone = {
  platform: 'revenuecat',
  plan: 'monthly_pro',
  revenuecat_product_id: 'monthly_pro',
  revenuecat_environment: 'PRODUCTION',
  trial_expires_at: null,
  trial_days_remaining: 0,
  createdAt: iso(now - 90 * DAY),
  updatedAt: iso(now - DAY),
};
const appTrial = { plan: null, current_period_end: null, trial_started_at: iso(now - 3 * DAY) };

/** Every kind of row that the app's four writers have left: the Python functions, a nightly job, a website's webhook, people. */
const kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'pays on the phone': { ...onPhone, status: 'active', current_period_end: now + 20 * DAY },
  'canceled on the phone': { ...onPhone, status: 'canceled', current_period_end: now + 10 * DAY },
  'late on the phone': { ...onPhone, status: 'past_due', current_period_end: now - DAY },
  'left the phone': { ...onPhone, status: 'inactive', current_period_end: now - 40 * DAY },
  'lapsed on the phone': { ...onPhone, status: 'active', current_period_end: now - 40 * DAY },
  'bought in the sandbox': {
    ...onPhone,
    revenuecat_environment: 'SANDBOX',
    status: 'active',
    current_period_end: now + DAY,
  },
  'on a trial': {
    ...appTrial,
    status: 'trialing',
    trial_expires_at: now + 4 * DAY,
    trial_days_remaining: 4,
    email: 'x@example.com',
  },
  'after a trial': {
    ...appTrial,
    status: 'trial_expired',
    trial_expires_at: now - DAY,
    trial_days_remaining: 0,
  },
  'forgotten by the nightly job': { ...appTrial, status: 'trialing', trial_expires_at: now - DAY },
  'set by hand': { status: 'active' },
  'set by hand with a plan': { status: 'active', plan: 'press' },
  'set by hand until a date': {
    status: 'active',
    plan: 'vip',
    current_period_end: iso(now + 30 * DAY).slice(0, 10),
  },
  'in milliseconds': { ...onPhone, status: 'active', current_period_end: (now + 5 * DAY) * 1000 },
  'with an end that is no time': { ...onPhone, status: 'active', current_period_end: 'soon' },
  'with nulls': { status: null, plan: null, current_period_end: null, trial_expires_at: null },
  none: { status: 'none', plan: null },
};

/** Returns which kinds have access, as the API would answer. */
async function access(subs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, boolean>>> {
  const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
  const entries = Object.entries(subs).map(async ([name, sub]) => {
    const item = await stage.entitlement(sub);
    const row = item === undefined ? undefined : rowOf(sub, item);
    return [name, answerOf(row, now, policy).access_granted] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe('A backfill of rows of every former writer', () => {
  it('takes away no access, as its dry run says beforehand', async () => {
    const subs: Record<string, string> = {};
    for (const [name, fields] of Object.entries(kinds)) {
      for (const customer of [false, true]) {
        const key = customer ? `${name}, with a customer` : name;
        const sub = await poolUser(key.replaceAll(/\W+/g, '-'));
        subs[key] = sub;
        await stage.putEntitlement({ cognito_sub: sub, ...fields });
        if (customer) await stage.stripe.customers.create({ metadata: { cognito_user_id: sub } });
      }
    }
    // A user who pays in Stripe, and whose row the lost webhook of the Python function has left behind.
    const payer = await poolUser('payer');
    await payingCustomer(stage, { price, metadata: { cognito_user_id: payer } });
    await stage.putEntitlement({ cognito_sub: payer, status: 'canceled', plan: null });
    const before = await access(subs);
    expect(Object.values(before).filter(Boolean).length).toBeGreaterThan(10);

    const count = Object.values(before).filter(Boolean).length;
    const lines = (after: number) =>
      new RegExp(
        `users with access before +${count}\\nusers with access after +${after}\\ngain access +1\\nlose access +0\\n.*gains access +${payer}`,
        's',
      );
    const dry = await backfill('--dry-run');
    expect(dry).toMatchObject({ code: 0, text: expect.stringMatching(lines(count + 1)) });
    expect(await access(subs)).toEqual(before);

    const run = await backfill();
    expect(run).toMatchObject({ text: expect.stringMatching(lines(count + 1)) });
    expect(await access(subs)).toEqual(before);
    expect(await access({ payer })).toEqual({ payer: true });
    expect(
      JSON.parse(await readFile(path.join(directory, '.backfill', 'access-before.json'), 'utf8')),
    ).toHaveLength(count);
  });

  it('says beforehand who loses access, and who that is', async () => {
    const sub = await poolUser('ended');
    const { customerId, subscriptionId, periodEnd } = await payingCustomer(stage, {
      price,
      metadata: { cognito_sub: sub },
    });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    // The webhook of the cancellation was lost, so the row still shows what Stripe sold.
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: price,
      current_period_end: periodEnd,
    });
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const { text } = await backfill('--dry-run');
    expect(text).toMatch(
      /users with access before +1\nusers with access after +0\ngain access +0\nlose access +1\n/,
    );
    expect(text).toContain(`loses access  ${sub}`);
  });
});
