/** Stripe stores a server error for the idempotency key of a creation, and replays it for a day. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buyersOn, pricesOn, type User } from '../support/buyers.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { confirmation, openScene, type Scene } from './scene.ts';

let scene: Scene;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  // Longer than the tests, so that no search ever finds what they create.
  scene = await openScene({ searchLagSeconds: 1_800 });
  buyers = buyersOn(scene.stage);
  await pricesOn(scene.stage);
});
afterEach(async () => {
  await scene.control('chaos', {});
  scene.stage.calm();
});
afterAll(() => scene.stage.close());

type StoredFailure = 'error_during' | 'error_after';
const storedFailures = ['error_during', 'error_after'] as const;

async function failCreations(fault: StoredFailure, count: number | null = 1): Promise<void> {
  await scene.control('chaos', { api: [{ fault, match: 'POST /v1/customers', count }] });
}

const signUp = (user: User) => scene.stage.invoke('post-confirmation', confirmation(scene.stage, user.sub));

/** Returns a user whose sign-up created the rows, while the creation of the customer failed permanently. */
async function userWithout(fault: StoredFailure): Promise<User> {
  const user = await buyers.user();
  await failCreations(fault);
  await signUp(user);
  expect(scene.stage.logs).toContainEqual(
    expect.objectContaining({ metric: 'sign_up_incomplete', user_id: user.sub, failed: ['customer'] }),
  );
  expect(await scene.stage.profile(user.sub)).not.toHaveProperty('stripeCustomerId');
  return user;
}

const rowsOf = async ({ sub }: User) => [await scene.stage.profile(sub), await scene.stage.entitlement(sub)];

describe.each(storedFailures)(
  'After a creation at sign-up whose failure (%s) Stripe has stored,',
  (fault) => {
    it('failure mode 64: the checkout opens, and the user has one customer', async () => {
      const user = await userWithout(fault);
      expect((await buyers.checkout(user)).statusCode).toBe(200);
      const customers = await scene.customersOf(user.sub);
      expect(customers).toHaveLength(1);
      expect(await buyers.customerOf(user)).toBe(customers[0]?.id);
    });

    it('failure mode 64: checkouts and sign-ups at the same time create one customer', async () => {
      const user = await userWithout(fault);
      const results = await Promise.all([
        signUp(user),
        buyers.checkout(user),
        signUp(user),
        buyers.checkout(user),
      ]);
      expect(results).toHaveLength(4);
      expect((await buyers.checkout(user)).statusCode).toBe(200);
      expect(await scene.customersOf(user.sub)).toHaveLength(1);
    });

    it('failure mode 65: the account can be deleted, also twice, and nothing remains', async () => {
      const user = await userWithout(fault);
      const before = await scene.stage.itemCount();
      expect((await buyers.remove(user)).statusCode).toBe(200);
      expect([await rowsOf(user), await scene.customersOf(user.sub)]).toEqual([[undefined, undefined], []]);
      expect((await buyers.remove(user)).statusCode).toBe(200);
      expect(await rowsOf(user)).toEqual([undefined, undefined]);
      expect(await scene.stage.itemCount()).toBe(before - 2);
    });

    it('failure mode 65: a sign-up that is repeated after the deletion restores nothing', async () => {
      const user = await userWithout(fault);
      expect((await buyers.remove(user)).statusCode).toBe(200);
      await signUp(user);
      expect([await rowsOf(user), await scene.customersOf(user.sub)]).toEqual([[undefined, undefined], []]);
    });
  },
);

describe('A stored failure of every creation', () => {
  it('failure mode 64: is reported as temporary at the checkout, with one creation per request', async () => {
    const user = await userWithout('error_during');
    await failCreations('error_during', null);
    for (let request = 1; request <= 6; request += 1) {
      scene.stage.wires.stripe.clear();
      const answer = await buyers.checkout(user);
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
      const creations = scene.stage.wires.stripe.names().filter((name) => name === 'POST /v1/customers');
      // Each request repeats the stored failures, and adds one of its own until all generations are used up.
      expect(creations).toHaveLength(Math.min(request + 1, 6));
    }
    await scene.control('chaos', {});
    expect((await buyers.checkout(user)).statusCode).toBe(503);
    expect(scene.stage.logs.at(-1)).toMatchObject({ cause: { reason: 'creation_failures_stored' } });
    expect(await scene.customersOf(user.sub)).toEqual([]);
    expect((await buyers.remove(user)).statusCode).toBe(200);
    expect(await rowsOf(user)).toEqual([undefined, undefined]);
  });

  it('failure mode 65: never blocks the repeated deletion of a user who is deleted', async () => {
    const user = await userWithout('error_during');
    const customerId = await scene.createCustomer({ cognito_user_id: user.sub });
    await scene.stage.putProfile({ userId: user.sub, stripeCustomerId: customerId });
    expect((await buyers.remove(user)).statusCode).toBe(200);
    expect((await buyers.remove(user)).statusCode).toBe(200);
    expect(await rowsOf(user)).toEqual([undefined, undefined]);
    const object = { id: customerId, object: 'customer', metadata: { cognito_user_id: user.sub } };
    expect((await scene.send(stripeEvent('customer.deleted', object))).statusCode).toBe(200);
    expect(await rowsOf(user)).toEqual([undefined, undefined]);
  });
});

describe.each(storedFailures)(
  'A Checkout session whose opening failed (%s), which Stripe has stored,',
  (fault) => {
    it('is opened under another key by the same or the next request, and one page is left to pay on', async () => {
      const user = await buyers.user();
      await scene.control('chaos', {
        api: [{ fault, match: 'POST /v1/checkout/sessions', count: 1 }],
      });
      const first = await buyers.checkout(user);
      const answer = first.statusCode === 200 ? first : await buyers.checkout(user);
      expect(answer.statusCode).toBe(200);
      const open = await buyers.openSessions(user);
      expect(open.map(({ id }) => id)).toEqual([answer.body['id']]);
      expect((await buyers.checkout(user)).body['id']).toBe(answer.body['id']);
    });
  },
);

it('A first server error is never mistaken for a stored failure, and the same key is used again', async () => {
  const user = await buyers.user();
  await scene.control('chaos', {
    api: [{ fault: 'error_before', match: 'POST /v1/customers', count: 3 }],
  });
  expect((await buyers.checkout(user)).statusCode).toBe(503);
  expect((await buyers.checkout(user)).statusCode).toBe(200);
  expect(await scene.customersOf(user.sub)).toHaveLength(1);
  const keys = scene.stage.wires.stripe.names().filter((name) => name === 'GET /v1/customers');
  expect(keys).toEqual([]);
});
