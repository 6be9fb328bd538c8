import { describe, expect, it } from 'vitest';
import { byStripe, checkoutScene, otherRequest, request } from './checkout-scene.ts';

describe('Two checkouts of a user at the same moment', () => {
  it('are one session if they are equal', async () => {
    const { world, buy, statuses } = checkoutScene();
    let rival: unknown;
    world.once('before', 'open checkout', async () => {
      rival = await buy();
    });
    const outcome = await buy();
    expect(outcome).toMatchObject({ kind: 'session', session: { id: 'cs_001' } });
    expect(rival).toEqual(outcome);
    expect(statuses()).toEqual({ cs_001: 'open' });
  });

  it('are one session if the other request has opened a newer one for the same order', async () => {
    const { world, buy, orders, putSession, statuses } = checkoutScene();
    world.once('after', 'open checkout', () => {
      const order = orders[0]?.order;
      if (order !== undefined) putSession('cs_002', { order });
    });
    expect(await buy()).toMatchObject({ kind: 'session', session: { id: 'cs_002' } });
    expect(statuses()).toEqual({ cs_001: 'expired', cs_002: 'open' });
    expect(orders).toHaveLength(1);
  });

  it('leave the newer session open, also of those of one second', async () => {
    const { buy, world, putSession, statuses } = checkoutScene();
    world.once('after', 'open checkout', () => putSession('cs_002'));
    expect(await buy()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired', cs_002: 'open' });
  });

  it('expire the older session before the newer one is offered', async () => {
    const { world, buy, putSession, statuses } = checkoutScene();
    world.once('before', 'open checkout', () => putSession('cs_000'));
    expect(await buy()).toMatchObject({ kind: 'session', session: { id: 'cs_002' } });
    expect(statuses()).toEqual({ cs_000: 'expired', cs_002: 'open' });
  });

  it('are refused if the older session is paid before it expires', async () => {
    const { world, orders, buy, putSession, pay, statuses } = checkoutScene();
    world.once('before', 'open checkout', () => putSession('cs_000'));
    world.once('before', 'expire checkout', () => pay('cs_000'));
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(orders).toHaveLength(1);
    expect(statuses()).toEqual({ cs_000: 'complete', cs_002: 'expired' });
  });

  it('try again if the other one expired the session, and give up after four sessions', async () => {
    const three = checkoutScene();
    for (const id of ['cs_001', 'cs_002', 'cs_003']) {
      three.world.once('after', 'open checkout', () => three.setStatus(id, 'expired'));
    }
    expect(await three.buy()).toMatchObject({ kind: 'session', session: { id: 'cs_004' } });
    const four = checkoutScene();
    for (const id of ['cs_001', 'cs_002', 'cs_003', 'cs_004']) {
      four.world.once('after', 'open checkout', () => four.setStatus(id, 'expired'));
    }
    expect(await four.buy()).toEqual({ kind: 'in_progress' });
    expect(four.orders).toHaveLength(4);
    expect(new Set(four.orders.map(({ key }) => key)).size).toBe(4);
  });
});

describe('A payment during a checkout', () => {
  it('of a session that the checkout replaces refuses it before another session is opened', async () => {
    const { world, orders, buy, putSession, pay, statuses } = checkoutScene();
    putSession('cs_a');
    putSession('cs_b');
    world.once('before', 'expire checkout', () => pay('cs_a'));
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(orders).toEqual([]);
    expect(statuses()).toEqual({ cs_a: 'complete', cs_b: 'expired' });
  });

  it('of another session keeps an open session from being offered again', async () => {
    const { world, orders, buy, putSession, pay, statuses } = checkoutScene();
    await buy();
    putSession('cs_b');
    world.once('before', 'expire checkout', () => pay('cs_b'));
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(orders).toHaveLength(1);
    expect(statuses()).toEqual({ cs_001: 'expired', cs_b: 'complete' });
  });

  it('elsewhere expires the opened session and every other open one, each once', async () => {
    const { world, customerId, buy, putSession, statuses, callsOf } = checkoutScene();
    world.once('after', 'open checkout', () => {
      putSession('cs_b');
      world.addSubscription({ id: 'sub_1', customerId });
    });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(statuses()).toEqual({ cs_001: 'expired', cs_b: 'expired' });
    expect(callsOf('expire checkout')).toBe(2);
  });
});

describe('A deletion during a checkout', () => {
  it('that has begun expires the opened session', async () => {
    const { world, sub, buy, statuses } = checkoutScene();
    const mark = { userId: sub, username: sub, at: '0', requested: true };
    world.once('after', 'open checkout', () => world.systems.profiles.markForDeletion(mark));
    expect(await buy()).toEqual({ kind: 'account_deleted' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });

  it('that has ended expires the opened session', async () => {
    const { world, sub, buy, statuses } = checkoutScene();
    world.once('after', 'open checkout', () => world.dynamodb.profiles.delete(sub));
    expect(await buy()).toEqual({ kind: 'account_deleted' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });
});

describe('A profile that names another customer by the end of a checkout', () => {
  it('expires the opened session: nothing is known of what the other customer pays for', async () => {
    const { world, sub, buy, statuses } = checkoutScene();
    world.once('after', 'open checkout', () => world.addProfile(sub, 'cus_other'));
    expect(await buy()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });
});

describe('Another request', () => {
  it('is never answered with a session for the first one', async () => {
    const { orders, buy } = checkoutScene();
    for (const changed of [
      otherRequest,
      { ...request, price: 'price_other' },
      { ...request, promotion: true },
      { ...request, successUrl: 'https://app.example.com/other' },
      { ...request, cancelUrl: 'https://app.example.com/other' },
    ]) {
      await buy();
      await buy(changed);
    }
    expect(new Set(orders.map(({ order }) => order.fingerprint)).size).toBe(6);
    expect(orders).toHaveLength(10);
  });
});
