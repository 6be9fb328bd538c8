import { describe, expect, it } from 'vitest';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { createRequestDeletion } from '../../core/account/request-deletion.ts';
import type { LeavingBilling, LeavingSubscription, RefundAnswer } from '../../core/refund/leaving.ts';
import type { PaidInvoice, PaidPayment } from '../../core/refund/paid.ts';
import type { RefundPolicy } from '../../core/refund/policy.ts';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld, POOL_ID } from '../support/account-world.ts';
import { DAY, item, T0 } from '../support/subscriptions.ts';

const AMOUNT = 9_973;
const proRata: RefundPolicy = { kind: 'pro_rata' };
const outage = new Fault({ code: 'unavailable', system: 'stripe', operation: 'any' });
const refusal = (statusCode: number) =>
  new Fault({ code: 'refused', system: 'stripe', operation: 'refund', statusCode });

/** An account that pays monthly, ten days after its payment. */
function scene({ subscriptions = 1 } = {}) {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  const ids = Array.from({ length: subscriptions }, (_, index) => `sub_${index + 1}`);
  for (const id of ids) world.addSubscription({ id, customerId, items: [item()] });
  world.advance(10 * DAY);
  const request = { poolId: POOL_ID, sub: 'ann', username: 'ann', confirmed: new Set<never>() };
  return {
    world,
    customerId,
    ids,
    remove: (billing: Partial<LeavingBilling> = {}, refundPolicy: RefundPolicy = proRata) => {
      const { billing: whole } = world.systems;
      const systems = { ...world.systems, refundPolicy, billing: { ...whole, ...billing } };
      return createRequestDeletion(systems)(request);
    },
    refunded: () =>
      world.stripe.leaving.refunds.map(({ subscriptionId, amount }) => [subscriptionId, amount]),
    statusOf: (id: string) => world.stripe.subscriptions.get(id)?.status,
    isGone: () => world.stripe.customers.get(customerId)?.deletedMs !== null,
  };
}

const unused = Math.round((AMOUNT * 20) / 30);
const outcome = (fields: object) => ({
  currency: 'usd',
  amount: 0,
  pending: false,
  unrefunded: 0,
  reason: null,
  ...fields,
});

function paid(payments: readonly Partial<PaidPayment>[]): Awaited<ReturnType<LeavingBilling['readPaid']>> {
  const all = payments.map((fields, index): PaidPayment => {
    const source = { kind: 'charge', id: `ch_${index + 1}` } as const;
    return { source, paid: 1_000, returned: 0, disputed: false, ours: null, ...fields };
  });
  const total = all.reduce((sum, one) => sum + one.paid, 0);
  const lines = [{ amount: total, start: T0 + 20 * DAY, end: T0 + 30 * DAY }];
  const invoice: PaidInvoice = { id: 'in_1', paidAt: T0, total, credited: 0, lines, payments: all };
  return { currency: 'usd', invoices: [invoice], unbilled: [] };
}

describe('A deletion with a policy of refunds', () => {
  it('cancels, then refunds, and deletes the customer last', async () => {
    const { world, remove, refunded, isGone } = scene();
    expect(await remove()).toMatchObject({
      kind: 'deleted',
      refundPolicy: proRata,
      refunds: [outcome({ subscriptionId: 'sub_1', amount: unused })],
      refundsKnown: true,
    });
    expect([refunded(), isGone()]).toEqual([[['sub_1', unused]], true]);
    const order = ['cancel leaving subscription', 'read paid invoices', 'refund leaving', 'delete customer'];
    expect(world.calls.filter((name) => order.includes(name))).toEqual(order);
    expect(world.metrics()).toContain('deletion_refunded');
  });

  it('ends every subscription before it refunds one, although a cancellation fails', async () => {
    const { world, remove, refunded, statusOf, isGone } = scene({ subscriptions: 3 });
    const { billing } = world.systems;
    const failing: LeavingBilling['cancelLeaving'] = async (id, at) => {
      if (id === 'sub_1') throw outage;
      return billing.cancelLeaving(id, at);
    };
    await expect(remove({ cancelLeaving: failing })).rejects.toBe(outage);
    expect([['sub_1', 'sub_2', 'sub_3'].map(statusOf), refunded(), isGone()]).toEqual([
      ['active', 'canceled', 'canceled'],
      [],
      false,
    ]);
    expect(await remove()).toMatchObject({
      refunds: [{ amount: unused }, { amount: unused }, { amount: unused }],
    });
  });

  it('refunds nothing of what something else has ended a moment before', async () => {
    const { remove, refunded } = scene();
    expect(await remove({ cancelLeaving: async () => 'had_ended' })).toMatchObject({ refunds: [] });
    expect(refunded()).toEqual([]);
  });

  it('refunds by what was recorded first, and counts up to that time', async () => {
    const { world, remove, refunded } = scene();
    const failing = { refundPart: () => Promise.reject(outage) };
    await expect(remove(failing)).rejects.toBe(outage);
    world.advance(5 * DAY);
    expect(await remove({}, { kind: 'none' })).toMatchObject({ refundPolicy: proRata });
    expect(refunded()).toEqual([['sub_1', unused]]);
  });

  it('is finished by that record alone, as reconcile does it', async () => {
    const { world, remove, refunded, isGone } = scene();
    await expect(remove({ refundPart: () => Promise.reject(outage) })).rejects.toBe(outage);
    const resume = createDeleteAccount(world.systems);
    await resume({ poolId: POOL_ID, sub: 'ann', username: null, requested: true, resumes: true });
    expect([refunded(), isGone()]).toEqual([[['sub_1', unused]], true]);
  });

  it('says that it does not know what an earlier attempt refunded', async () => {
    const { world, remove } = scene();
    world.once('before', 'remove entitlement', () => {
      throw outage;
    });
    await expect(remove()).rejects.toBe(outage);
    expect(await remove()).toMatchObject({ refundPolicy: proRata, refunds: [], refundsKnown: false });
  });

  it('refunds nothing where the gate keeps the customer', async () => {
    const { world, remove, customerId, refunded, statusOf } = scene();
    const customer = world.stripe.customers.get(customerId);
    if (customer !== undefined) world.stripe.customers.set(customerId, { ...customer, sub: 'bob' });
    await remove();
    expect([refunded(), statusOf('sub_1')]).toEqual([[], 'active']);
  });
});

describe('A deletion that no one is promised a refund of', () => {
  it.each([
    ['none', { kind: 'none' }],
    ['too old a payment', { kind: 'full_within_days', days: 9, older: 'none' }],
  ] as const)('refunds nothing: %s', async (_, policy) => {
    const { world, remove, refunded, isGone } = scene();
    const result = await remove({}, policy);
    const isRead = world.calls.includes('list leaving subscriptions');
    expect([refunded(), isGone(), isRead]).toEqual([[], true, policy.kind !== 'none']);
    const refunds =
      policy.kind === 'none' ? [] : [outcome({ subscriptionId: 'sub_1', reason: 'not_granted' })];
    expect(result).toMatchObject({ refundPolicy: policy, refunds, refundsKnown: true });
  });

  it('refunds nothing of a user that the pool does not know, whatever is recorded', async () => {
    const { world, refunded } = scene();
    const refund = { policy: proRata, requestedAt: T0 };
    await world.systems.profiles.markForDeletion({
      userId: 'ann',
      username: null,
      at: '0',
      requested: false,
      refund,
    });
    const missing = {
      kind: 'user_missing',
      pool: 'unknown_user',
      signUpAt: null,
      nowSeconds: T0,
      adopted: true,
    } as const;
    const evidence = { ownership: 'own', basis: missing } as const;
    await world.deleteAccount({ poolId: POOL_ID, sub: 'ann', username: null, requested: false, evidence });
    expect(refunded()).toEqual([]);
  });
});

describe('A refund of several payments', () => {
  const result = async (
    read: Awaited<ReturnType<LeavingBilling['readPaid']>>,
    answers: readonly (RefundAnswer | Fault)[] = [],
  ) => {
    const { remove, world } = scene();
    const left = [...answers];
    const orders: unknown[] = [];
    const refundPart: LeavingBilling['refundPart'] = async ({ source, amount, generation }) => {
      orders.push([source.id, amount, generation]);
      const answer = left.shift() ?? { kind: 'answered', state: 'refunded' };
      if (answer instanceof Fault) throw answer;
      return answer;
    };
    const done = await remove({ readPaid: async () => read, refundPart });
    return { refunds: 'refunds' in done ? done.refunds : [], orders, metrics: world.metrics() };
  };
  const failed = 'deletion_refund_failed';

  it('is pending as long as one of them is', async () => {
    const { refunds } = await result(paid([{}, {}]), [{ kind: 'answered', state: 'pending' }]);
    expect(refunds).toEqual([outcome({ subscriptionId: 'sub_1', amount: 2_000, pending: true })]);
  });

  it.each([
    ['refuses', refusal(400), 'refused', 1_000, true],
    ['fails at once', { kind: 'answered', state: 'failed' }, 'refused', 1_000, true],
    ['is disputed by then', { kind: 'refused', reason: 'disputed' }, 'disputed', 0, false],
    ['was returned by then', { kind: 'refused', reason: 'returned' }, 'returned', 0, false],
  ] as const)('refunds the others if one of them %s', async (...row) => {
    const [, answer, reason, unrefunded, isAlarm] = row;
    const { refunds, metrics } = await result(paid([{}, {}]), [answer]);
    expect(refunds).toEqual([outcome({ subscriptionId: 'sub_1', amount: 1_000, unrefunded, reason })]);
    expect(metrics.includes(failed)).toBe(isAlarm);
  });

  it.each([401, 403])('waits for an operator if the key may not refund: %i', async (status) => {
    const fault = refusal(status);
    await expect(result(paid([{}]), [fault])).rejects.toBe(fault);
  });

  it('reads again what was paid, with another key, if that has changed', async () => {
    const { orders } = await result(paid([{}]), [{ kind: 'outdated' }, { kind: 'outdated' }]);
    expect(orders).toEqual([
      ['ch_1', 1_000, 0],
      ['ch_1', 1_000, 1],
      ['ch_1', 1_000, 2],
    ]);
    const always = Array.from({ length: 9 }, () => ({ kind: 'outdated' }) as const);
    await expect(result(paid([{}]), always)).rejects.toMatchObject({ details: { code: 'contention' } });
  });

  it('counts what an earlier attempt has made, and what it could not', async () => {
    const ours = (state: 'refunded' | 'pending' | 'failed') => ({ ours: { amount: 1_000, state } });
    const { refunds, orders } = await result(paid([ours('refunded'), ours('pending'), ours('failed'), {}]));
    const fields = { amount: 3_000, pending: true, unrefunded: 1_000, reason: 'refused' };
    expect([refunds, orders]).toEqual([
      [outcome({ subscriptionId: 'sub_1', ...fields })],
      [['ch_4', 1_000, 0]],
    ]);
  });

  it.each([
    ['outside of Stripe', paid([{ source: null }]), { unrefunded: 1_000, reason: 'paid_outside' }, true],
    ['with too many invoices', 'unclear', { reason: 'unclear' }, true],
    ['of nothing', { currency: 'usd', invoices: [], unbilled: [] }, { reason: 'nothing_paid' }, false],
    ['that were disputed', paid([{ disputed: true }]), { reason: 'disputed' }, false],
    ['that were returned', paid([{ returned: 1_000 }, { disputed: true }]), { reason: 'returned' }, false],
  ] as const)('says why it refunds nothing: %s', async (_, read, fields, isAlarm) => {
    const { refunds, metrics } = await result(read);
    expect(refunds).toEqual([outcome({ subscriptionId: 'sub_1', ...fields })]);
    expect(metrics.includes(failed)).toBe(isAlarm);
  });
});

describe('The credit of a customer', () => {
  const subscription = (id: string, currency = 'usd'): LeavingSubscription => {
    return { id, isLive: false, currency, stamp: { sub: null, poolId: null } };
  };
  const credited = paid([{ paid: 5_000 }]);
  // Each subscription was downgraded by 1,000.
  const readPaid: LeavingBilling['readPaid'] = async ({ currency }) => {
    const [first] = credited === 'unclear' ? [] : credited.invoices;
    if (first === undefined) return 'unclear';
    const lines = [{ amount: 0, start: T0 + 20 * DAY, end: T0 + 30 * DAY }];
    const used = { ...first, lines };
    return { currency, invoices: [used, { ...used, id: 'in_2', total: -1_000, payments: [] }], unbilled: [] };
  };

  it('counts once, and only in its currency', async () => {
    const { remove } = scene();
    const listLeaving: LeavingBilling['listLeaving'] = async () => {
      const subscriptions = [subscription('sub_e', 'eur'), subscription('sub_1'), subscription('sub_2')];
      return { subscriptions, credit: { amount: 1_000, currency: 'usd' } };
    };
    const refundPart: LeavingBilling['refundPart'] = async () => ({ kind: 'answered', state: 'refunded' });
    const done = await remove({ listLeaving, readPaid, refundPart });
    const amounts = 'refunds' in done ? done.refunds.map(({ amount }) => amount) : [];
    expect(amounts).toEqual([0, 1_000, 0]);
  });
});
