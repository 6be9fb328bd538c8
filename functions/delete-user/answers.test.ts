import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import { Fault, type FaultCode } from '../../core/system/fault.ts';
import { createAccountWorld } from '../../tests/support/account-world.ts';
import { apiEvent, forms } from '../../tests/support/api-events.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { asDeletion, asFailedDeletion, asUnauthorized } from '../../tests/support/shipped-clients.ts';
import { createHandler } from './handler.ts';

// The handler logs to standard output, as in Lambda.
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

/** In the order in which they are deleted. */
const keys = ['stripe', 'dynamodb_entitlements', 'cognito', 'dynamodb_userprofiles'] as const;
const confirmedKeys = (count: number) =>
  Object.fromEntries(keys.map((key, index) => [key, index < count] as const));
const nothing = confirmedKeys(0);

/** The calls of a deletion, and how many keys are confirmed by then. */
const calls = [
  ['mark profile for deletion', 0],
  ['read entitlement', 0],
  ['retrieve customer', 0],
  ['expire checkouts', 0],
  ['delete customer', 0],
  ['search customers', 0],
  ['remove entitlement', 1],
  ['delete user', 2],
  ['remove profile', 3],
] as const;

const codes: readonly FaultCode[] = ['unavailable', 'refused', 'unknown_shape', 'time_limit', 'contention'];
const faultOf = (code: FaultCode) => new Fault({ code, system: 'self', operation: 'any' });

/** What a step or the setup can throw, with the code of the answer. */
const errors = [
  ...codes.map((code) => ['deletion_incomplete', faultOf(code)] as const),
  ['internal_error', new TypeError('a bug')] as const,
  ['misconfigured', new ConfigurationError(['STRIPE_API_KEY'], [])] as const,
];

/** The function on an installation in memory, which has one account. */
function scene() {
  const world = createAccountWorld();
  world.addAccount('ann');
  const { clock, ...systems } = world.systems;
  let expire = (): void => {};
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(faultOf('time_limit'));
  });
  const limited = {
    ...clock,
    within: <T>(_ms: number, work: () => Promise<T>) => Promise.race([work(), expired]),
  };
  const setup = { clock: limited, allowedOrigins: () => [], services: async () => systems };
  return {
    world,
    /** Exceeds the time limit of the function. */
    expire: () => expire(),
    remove: async (changes: Partial<Parameters<typeof createHandler>[0]> = {}, sub: unknown = 'ann') => {
      const event = apiEvent('http', { method: 'DELETE', path: '/me/account', claims: { sub } });
      const { statusCode, body } = await createHandler({ ...setup, ...changes })(event);
      return { statusCode, body: JSON.parse(body) as unknown };
    },
    remains: () => ({
      stripe: [...world.stripe.customers.values()].some(({ deletedMs }) => deletedMs === null),
      dynamodb_entitlements: world.dynamodb.entitlements.has('ann'),
      cognito: world.cognito.users.has('ann'),
      dynamodb_userprofiles: world.dynamodb.profiles.has('ann'),
    }),
  };
}

describe('A shipped client of DELETE /me/account', () => {
  it('decodes a success, also of a repetition', async () => {
    const { remove } = scene();
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { statusCode, body } = await remove();
      expect(statusCode).toBe(200);
      expect(asDeletion(body)).toEqual({
        success: true,
        message: 'The account is deleted.',
        deleted: confirmedKeys(4),
      });
    }
  });

  it('decodes a request without an identity, with every key of a failure', async () => {
    const { remove } = scene();
    const { statusCode, body } = await remove({}, ' ');
    expect(statusCode).toBe(401);
    expect(body).toMatchObject({ code: 'unauthorized' });
    expect(asUnauthorized(body).error).toBe('The request has no verified identity.');
    expect(asFailedDeletion(body)).toMatchObject({ success: false, details: nothing });
  });

  it.each(errors)('decodes a failure before any step: %s, %s', async (code, error) => {
    const { remove } = scene();
    const { body } = await remove({ services: () => Promise.reject(error) });
    expect(body).toMatchObject({ type: 'about:blank', code, error: expect.stringMatching(/\w/) });
    expect(asFailedDeletion(body)).toMatchObject({ success: false, details: nothing });
  });

  it('decodes a failure at any call, for any reason, and reads exactly what is confirmed by then', async () => {
    const failure = fc.record({
      call: fc.constantFrom(...calls),
      when: fc.constantFrom('before', 'after'),
      reason: fc.constantFrom(...errors, ['deletion_incomplete', 'hangs'] as const),
    });
    await fc.assert(
      fc.asyncProperty(failure, async ({ call: [call, count], when, reason: [code, error] }) => {
        const { world, expire, remove, remains } = scene();
        world.once(when, call, () => {
          if (error !== 'hangs') throw error;
          expire();
          return new Promise(() => {});
        });
        const { statusCode, body } = await remove();
        expect([statusCode, body]).toMatchObject([code === 'deletion_incomplete' ? 503 : 500, { code }]);
        const { success, details } = asFailedDeletion(body);
        expect([success, details]).toEqual([false, confirmedKeys(count)]);
        const left = remains();
        expect(keys.filter((key) => details[key] && left[key])).toEqual([]);
      }),
      { numRuns: isLongRun ? 1_000 : 150 },
    );
  });

  it('decodes the answer to an event of any shape', async () => {
    const event = fc.oneof(
      fc.jsonValue(),
      fc
        .record({ sub: fc.jsonValue() })
        .chain((claims) => fc.constantFrom(...forms).map((form) => apiEvent(form, { claims }))),
    );
    await fc.assert(
      fc.asyncProperty(event, async (given) => {
        const { world } = scene();
        const services = async () => world.systems;
        const handler = createHandler({ clock: world.systems.clock, allowedOrigins: () => [], services });
        const { statusCode, body } = await handler(given);
        const decode = statusCode === 200 ? asDeletion : asFailedDeletion;
        expect(decode(JSON.parse(body)).success).toBe(statusCode === 200);
      }),
      { numRuns: isLongRun ? 1_000 : 100 },
    );
  });
});
