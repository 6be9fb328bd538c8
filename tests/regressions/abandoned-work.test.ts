/** Sign-ups that were given up while a call was under way, in a process that was frozen and thawed two days later. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createBilling } from '../../adapters/stripe/billing.ts';
import { createStripe } from '../../adapters/stripe/client.ts';
import { createClock } from '../../adapters/system/clock.ts';
import { createSignUp } from '../../core/account/sign-up.ts';
import { API_KEY } from '../support/stage.ts';
import type { Call } from '../support/wire.ts';
import { openScene, type Scene } from './scene.ts';

const DAYS_MS = 2 * 86_400_000;
let frozenMs = 0;
let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ now: () => Date.now() + frozenMs });
  Object.assign(process.env, scene.stage.env);
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

/** The parts of `post-confirmation`, on a machine whose timers fire only by hand. */
function openMachine() {
  const { env } = scene.stage;
  const timers = new Set<() => void>();
  const clock = createClock({
    nowMs: () => Date.now() + frozenMs,
    after: (_, action) => {
      timers.add(action);
      return () => timers.delete(action);
    },
  });
  const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 3 });
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 2 };
  const stripe = createStripe(API_KEY, new URL(env['STRIPE_API_BASE'] ?? ''), limits);
  const signUp = createSignUp({
    profiles: createProfileStore({ client, tableName: env['USERS_TABLE'] ?? '' }),
    entitlements: createEntitlementStore({ client, tableName: env['ENTITLEMENTS_TABLE'] ?? '', clock }),
    index: createCustomerIndex({ client, tableName: env['ENTITLEMENTS_TABLE'] ?? '' }),
    billing: createBilling({ stripe, elapsedMs: () => performance.now() }),
    trial: null,
    clock,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  return { clock, signUp, answerByTimeLimit: () => [...timers][0]?.() };
}

/** Holds the matching calls. `thaw` breaks their connections, as a thaw finds them. */
function holdCalls(isHeld: (call: Call) => boolean, count: number) {
  let thaw = () => {};
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  let left = count;
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const rule = (call: Call) => {
    if (left === 0 || !isHeld(call)) return undefined;
    left -= 1;
    if (left === 0) reach();
    return { when: 'before' as const, end: () => thawed };
  };
  for (const wire of Object.values(scene.stage.wires)) wire.fail(rule);
  return { reached, thaw };
}

const calls = () => Object.values(scene.stage.wires).flatMap((wire) => wire.names());

const points = [
  ['its first calls', 3, () => true],
  ['the link', 1, ({ name, body }: Call) => name === 'UpdateItem' && body.includes('stripeCustomerId')],
  ['the contact', 1, ({ name }: Call) => name.startsWith('POST /v1/customers/')],
] as const;
const freezes = [
  ['after its answer', { answersFirst: true, outcome: { details: { code: 'time_limit' } } }],
  ['before its time limit has fired', { answersFirst: false, outcome: { kind: 'incomplete' } }],
] as const;

describe.each(freezes)('failure mode 66: a sign-up that is frozen %s', (_, { answersFirst, outcome }) => {
  it.each(points)(
    'sends nothing of a user who was deleted in the meantime, when it is thawed during %s',
    async (_point, count, isHeld) => {
      const sub = randomUUID();
      const { clock, signUp, answerByTimeLimit } = openMachine();
      const { reached, thaw } = holdCalls(isHeld, count);
      const user = { poolId: scene.stage.poolId, sub, email: `${sub}@example.com` };
      let work: Promise<unknown> = Promise.resolve();
      const answer = clock.within(4_000, () => {
        work = signUp({ ...user, emailVerified: true, givenName: 'Ada', familyName: null, name: 'Ada' });
        return work;
      });
      const answered = answer.catch((cause: unknown) => cause);
      await reached;
      if (answersFirst) {
        answerByTimeLimit();
        await answered;
      }
      expect((await scene.deleteAccount({ sub })).statusCode).toBe(200);
      scene.stage.calm();
      frozenMs += DAYS_MS;
      thaw();
      await work.catch((cause: unknown) => cause);
      expect(await answered).toMatchObject(outcome);
      expect(calls()).toEqual([]);
      expect([await scene.stage.profile(sub), await scene.stage.entitlement(sub)]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await scene.customersOf(sub)).toEqual([]);
    },
  );
});
