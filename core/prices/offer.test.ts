import { describe, expect, it } from 'vitest';
import { offered } from '../../tests/support/offered-prices.ts';
import { Fault } from '../system/fault.ts';
import type { Log, LogFields } from '../system/log.ts';
import { createOffer, type Listed } from './offer.ts';

const outage = new Fault({ code: 'unavailable', system: 'stripe', operation: 'list prices' });
const refusal = { kind: 'installation', setting: 'STRIPE_API_KEY', fix: 'Store a valid key.' } as const;
const refused = new Fault({ code: 'refused', system: 'stripe', operation: 'list prices', refusal });
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function scene() {
  const state = { nowMs: 1_000, answer: [offered('price_1')] as readonly Listed[] | Error, calls: 0 };
  const lines: LogFields[] = [];
  const log: Log = {
    info: () => undefined,
    warn: (_, fields = {}) => lines.push(fields),
    error: () => undefined,
  };
  const offer = createOffer({
    read: async () => {
      state.calls += 1;
      if (state.answer instanceof Error) throw state.answer;
      return state.answer;
    },
    clock: { nowMs: () => state.nowMs },
  });
  const ids = async () => (await offer(log)).map(({ entry }) => entry.id);
  return { state, lines, ids };
}

describe('What is for sale', () => {
  it('is read again after five minutes', async () => {
    const { state, ids } = scene();
    await ids();
    state.answer = [offered('price_2')];
    state.nowMs += 5 * MINUTE_MS - 1;
    expect(await ids()).toEqual(['price_1']);
    state.nowMs += 1;
    expect(await ids()).toEqual(['price_2']);
    expect(state.calls).toBe(2);
  });

  it('stays for a day while Stripe does not answer, which is asked again after ten seconds', async () => {
    const { state, ids, lines } = scene();
    await ids();
    state.answer = outage;
    state.nowMs += DAY_MS - 1;
    for (let request = 0; request < 5; request += 1) expect(await ids()).toEqual(['price_1']);
    expect(lines).toEqual(Array.from({ length: 5 }, () => ({ metric: 'prices_stale' })));
    expect(state.calls).toBe(2);
    state.nowMs += 1;
    await expect(ids()).rejects.toBe(outage);
    expect(state.calls).toBe(2);
    state.nowMs += 10_000;
    state.answer = [offered('price_2')];
    expect(await ids()).toEqual(['price_2']);
  });

  it.each([refused, new Error('a defect')])('does not stay after %s', async (cause) => {
    const { state, ids } = scene();
    await ids();
    state.answer = cause;
    state.nowMs += 5 * MINUTE_MS;
    await expect(ids()).rejects.toBe(cause);
  });

  it('is refused again without a call for ten seconds after a permanent refusal', async () => {
    const { state, ids } = scene();
    const gone = { kind: 'unsellable', named: 'gold', reason: 'missing' } as const;
    for (const answer of [refused, [gone]]) {
      state.answer = answer;
      state.calls = 0;
      for (let request = 0; request < 5; request += 1) {
        await expect(ids()).rejects.toMatchObject({ details: { code: 'refused' } });
      }
      expect(state.calls).toBe(1);
      state.nowMs += 10_000;
    }
    state.answer = [offered('price_1')];
    expect(await ids()).toEqual(['price_1']);
  });

  it('is an outage if Stripe has never answered, and each request asks again', async () => {
    const { state, ids } = scene();
    state.answer = outage;
    await expect(ids()).rejects.toBe(outage);
    state.answer = [offered('price_1')];
    expect(await ids()).toEqual(['price_1']);
  });

  it('leaves out what cannot be sold, unless that is everything', async () => {
    const { state, ids, lines } = scene();
    const gone = { kind: 'unsellable', named: 'gold', reason: 'missing' } as const;
    state.answer = [gone, offered('price_1')];
    expect(await ids()).toEqual(['price_1']);
    state.answer = [offered('price_1'), { kind: 'unreadable', named: 'team' }];
    state.nowMs += 5 * MINUTE_MS;
    expect(await ids()).toEqual(['price_1']);
    expect(lines).toEqual([
      { metric: 'price_not_for_sale', price: 'gold', reason: 'missing' },
      { metric: 'price_not_for_sale', price: 'team', reason: 'unreadable' },
    ]);
    state.answer = [];
    state.nowMs += 5 * MINUTE_MS;
    expect(await ids()).toEqual([]);
    state.answer = [{ kind: 'unreadable', named: 'team' }, gone];
    state.nowMs += 5 * MINUTE_MS;
    await expect(ids()).rejects.toMatchObject({
      details: {
        code: 'refused',
        system: 'stripe',
        reason: 'price_missing',
        refusal: {
          kind: 'installation',
          setting: 'CHECKOUT_PRICES',
          fix: expect.stringContaining('gold does not exist'),
        },
      },
    });
  });
});
