/** What a subscriber can change, and what it costs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import {
  type Shelf,
  type Subscriber,
  shelfEnvironment,
  shelfOn,
  subscribersOn,
} from '../../tests/support/subscribers.ts';

let stage: Stage;
let users: ReturnType<typeof subscribersOn>;
let shelf: Shelf;

beforeAll(async () => {
  stage = await createStage({ env: shelfEnvironment, concurrency: 4 });
  users = subscribersOn(stage);
  shelf = await shelfOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const changed = { statusCode: 200, body: { outcome: 'changed', at: null, payment_url: null } };

async function pages(url: unknown, card = '4242424242424242'): Promise<number> {
  const body = new URLSearchParams({ method: 'new', card });
  return (await fetch(`${String(url)}/pay`, { method: 'POST', body, redirect: 'manual' })).status;
}

describe('An upgrade', () => {
  it('applies at once, bills what the preview showed, and the next read of the entitlements shows it', async () => {
    const who = await users.subscriber(shelf.basic);
    const shown = await users.preview(who, { price: 'pro' });
    expect(shown).toMatchObject({
      statusCode: 200,
      body: {
        direction: 'upgrade',
        when: 'now',
        currency: 'usd',
        credit: 0,
        next_invoice: { amount: 3_000 },
        subscription: { price: shelf.basic, quantity: 1, add_ons: [], scheduled_change: null },
      },
    });
    const {
      preview,
      due_now: due,
      lines,
    } = shown.body as { preview: string; due_now: number; lines: { amount: number }[] };
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(due);
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 1]]);
    expect(await users.order(who, { change: { price: 'pro', preview } })).toMatchObject(changed);
    expect(await users.itemsOf(who)).toEqual([[shelf.pro, 1]]);
    const [invoice] = await users.invoices(who);
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_paid: due,
      billing_reason: 'subscription_update',
    });
    expect(await users.entitlements(who)).toMatchObject({ access_granted: true, plan: shelf.pro });
  });

  it('to a year begins a new period, and the preview says what is billed then', async () => {
    const who = await users.subscriber(shelf.pro);
    const { body } = await users.preview(who, { price: 'pro_yearly' });
    expect(body).toMatchObject({ direction: 'upgrade', when: 'now', next_invoice: { amount: 30_000 } });
    expect(await users.order(who, { change: { price: 'pro_yearly' } })).toMatchObject(changed);
    const [item] = (await users.read(who)).items.data;
    expect(item?.current_period_end).toBe((body['next_invoice'] as { at: number }).at);
  });

  it('is answered again, and billed once, if it is asked for twice or at the same time', async () => {
    const who = await users.subscriber(shelf.basic);
    const body = { change: { price: 'pro' } };
    const answers = await Promise.all([
      users.order(who, body),
      users.order(who, body),
      users.order(who, body),
    ]);
    for (const answer of [...answers, await users.order(who, body)]) expect(answer).toMatchObject(changed);
    expect(await users.invoices(who)).toHaveLength(2);
  });
});

describe('Two different changes at the same time', () => {
  it('are one change, and the other request is asked to try again', async () => {
    const who = await users.subscriber(shelf.basic);
    const answers = await Promise.all([
      users.order(who, { change: { price: 'pro' } }),
      users.order(who, { change: { quantity: 5 } }),
    ]);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    // One comes after the other, or Stripe carries out one of them.
    expect([0, 1]).toContain(refused.length);
    expect(refused.map(({ body, headers }) => [body['code'], headers['Retry-After']])).toEqual(
      refused.map(() => ['change_in_progress', '1']),
    );
    expect(await users.invoices(who)).toHaveLength(3 - refused.length);
  });
});

describe('A downgrade', () => {
  it('is planned for the end of the period, and until then nothing changes', async () => {
    const who = await users.subscriber(shelf.pro);
    const { body: shown } = await users.preview(who, { price: 'basic' });
    expect(shown).toMatchObject({ direction: 'downgrade', when: 'period_end', due_now: 0, lines: [] });
    expect(shown).toMatchObject({ next_invoice: { amount: 1_000, at: shown['takes_effect_at'] } });
    const answer = await users.order(who, { change: { price: 'basic', preview: shown['preview'] } });
    expect(answer).toMatchObject({
      statusCode: 200,
      body: {
        outcome: 'scheduled',
        at: shown['takes_effect_at'],
        subscription: {
          price: shelf.pro,
          scheduled_change: { price: shelf.basic, quantity: 1, at: shown['takes_effect_at'] },
        },
      },
    });
    expect(await users.itemsOf(who)).toEqual([[shelf.pro, 1]]);
    expect(await users.entitlements(who)).toMatchObject({ access_granted: true, plan: shelf.pro });
    expect(await users.order(who, { change: { price: 'basic' } })).toMatchObject({
      body: { outcome: 'scheduled' },
    });
    expect(await users.invoices(who)).toHaveLength(1);
  });

  it('at once gives the rest back as a balance, if the client asks for it', async () => {
    const who = await users.subscriber(shelf.pro);
    const { body: shown } = await users.preview(who, { price: 'basic', when: 'now' });
    expect(shown).toMatchObject({ due_now: 0, when: 'now' });
    expect(shown['credit']).toBeGreaterThan(0);
    expect(await users.order(who, { change: { price: 'basic', when: 'now' } })).toMatchObject(changed);
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 1]]);
  });

  it('that is planned is replaced by another one, undone by a resume, and by a request for what one has', async () => {
    const who = await users.subscriber(shelf.pro);
    const planned = { body: { outcome: 'scheduled' } };
    expect(await users.order(who, { change: { quantity: 2, price: 'basic' } })).toMatchObject(planned);
    expect(await users.order(who, { change: { price: 'basic' } })).toMatchObject({
      body: { subscription: { scheduled_change: { price: shelf.basic, quantity: 1 } } },
    });
    expect(await users.order(who, { resume: {} })).toMatchObject({
      body: { outcome: 'resumed', subscription: { scheduled_change: null } },
    });
    expect((await users.read(who)).schedule).toBeNull();
    expect(await users.order(who, { change: { price: 'basic' } })).toMatchObject(planned);
    expect(await users.order(who, { change: { price: 'pro' } })).toMatchObject(changed);
    expect((await users.read(who)).schedule).toBeNull();
  });
});

describe('Seats and add-ons', () => {
  it('are added, changed and removed with the plan that stays', async () => {
    const who = await users.subscriber(shelf.basic);
    expect(
      await users.order(who, { change: { quantity: 3, add_ons: [{ price: 'seats', quantity: 2 }] } }),
    ).toMatchObject(changed);
    expect(await users.itemsOf(who)).toEqual([
      [shelf.basic, 3],
      [shelf.seats, 2],
    ]);
    const replaced = { add_ons: [{ price: 'storage' }, { price: shelf.seats, quantity: 4 }], when: 'now' };
    expect(await users.order(who, { change: replaced })).toMatchObject(changed);
    expect(await users.entitlements(who)).toMatchObject({
      quantity: 3,
      add_ons: expect.arrayContaining([
        { price: shelf.seats, quantity: 4 },
        { price: shelf.storage, quantity: 1 },
      ]),
    });
    expect(await users.order(who, { change: { add_ons: [] } })).toMatchObject({
      body: { outcome: 'scheduled' },
    });
    expect(await users.order(who, { change: { add_ons: [], when: 'now' } })).toMatchObject(changed);
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 3]]);
  });
});

describe('A cancellation', () => {
  it('needs no prices, so that their outage keeps no one from it', async () => {
    const fresh = await createStage({ env: shelfEnvironment });
    try {
      const others = subscribersOn(fresh);
      const who = await others.subscriber((await shelfOn(fresh)).pro);
      fresh.calm();
      expect(await others.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
      expect(await others.order(who, { resume: {} })).toMatchObject({ body: { outcome: 'resumed' } });
      expect(fresh.wires.stripe.names()).not.toContain('GET /v1/prices');
    } finally {
      await fresh.close();
    }
  });

  it('lets the subscription end with its period, records the reason, and can be undone', async () => {
    const who = await users.subscriber(shelf.pro);
    await users.order(who, { change: { price: 'basic' } });
    const answer = await users.order(who, { cancel: { feedback: 'too_expensive', comment: 'Too much.' } });
    expect(answer).toMatchObject({ statusCode: 200, body: { outcome: 'ending' } });
    expect(await users.read(who)).toMatchObject({
      status: 'active',
      schedule: null,
      cancel_at_period_end: true,
      cancellation_details: { feedback: 'too_expensive', comment: 'Too much.' },
    });
    expect(await users.entitlements(who)).toMatchObject({
      access_granted: true,
      cancel_at: answer.body['at'],
    });
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
    expect(await users.order(who, { change: { price: 'basic' } })).toMatchObject({
      statusCode: 409,
      body: { code: 'subscription_ends' },
    });
    expect(await users.order(who, { resume: {} })).toMatchObject({ body: { outcome: 'resumed', at: null } });
    expect(await users.read(who)).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    expect(await users.entitlements(who)).toMatchObject({ cancel_at: null });
    // The same again, as the state is that of before.
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
    expect(await users.read(who)).toMatchObject({ cancel_at_period_end: true });
  });
});

describe('A payment that needs the user', () => {
  async function pending(
    card: string,
    body: object = { change: { price: 'pro' } },
  ): Promise<[Subscriber, Record<string, unknown>]> {
    const who = await users.subscriber(shelf.basic);
    await users.payWith(who, card);
    const answer = await users.order(who, body);
    expect(answer).toMatchObject({
      statusCode: 200,
      body: { outcome: 'payment_required', payment_url: expect.stringContaining('http') },
    });
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 1]]);
    expect(await users.entitlements(who)).toMatchObject({ plan: shelf.basic, access_granted: true });
    return [who, answer.body];
  }

  it('is answered with its page, and the change applies once it is paid', async () => {
    const [who, { payment_url: url }] = await pending('pm_card_chargeCustomerFail');
    expect(await users.order(who, { change: { price: 'pro' } })).toMatchObject({
      body: { payment_url: url },
    });
    expect(await pages(url)).toBeLessThan(400);
    expect(await users.itemsOf(who)).toEqual([[shelf.pro, 1]]);
    expect(await users.order(who, { change: { price: 'pro' } })).toMatchObject(changed);
    expect(await users.invoices(who)).toHaveLength(2);
    expect(await users.entitlements(who)).toMatchObject({ plan: shelf.pro });
  });

  it.each([
    ['authentication', 'pm_card_authenticationRequired'],
    ['a decline', 'pm_card_chargeCustomerFail'],
  ])('is undone by another request, and can then no longer be paid (%s)', async (_, card) => {
    const [who, { payment_url: url }] = await pending(card);
    const [held] = await users.invoices(who);
    const answer = await users.order(who, { resume: {} });
    expect(answer).toMatchObject({ body: { outcome: 'resumed' } });
    expect(await users.read(who)).toMatchObject({ pending_update: null });
    expect((await stage.stripe.invoices.retrieve(held?.id ?? '')).status).toBe('void');
    await pages(url);
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 1]]);
  });

  it('has another page if the user was shown another amount since, which is what that page takes', async () => {
    const [who, { payment_url: url }] = await pending('pm_card_chargeCustomerFail');
    const { customerId: customer } = who;
    await stage.stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: 'usd' });
    const { body } = await users.preview(who, { price: 'pro' });
    const change = { price: 'pro', preview: body['preview'] };
    const answer = await users.order(who, { change });
    expect(answer).toMatchObject({ body: { outcome: 'payment_required' } });
    expect(answer.body['payment_url']).not.toBe(url);
    expect(await users.order(who, { change })).toMatchObject({
      body: { payment_url: answer.body['payment_url'] },
    });
    const open = (await users.invoices(who)).filter(({ status }) => status === 'open');
    expect(open.map(({ amount_due: due }) => due)).toEqual([body['due_now']]);
  });

  it('is replaced by a different change, and discarded by a cancellation', async () => {
    const [who, { payment_url: url }] = await pending('pm_card_chargeCustomerFail');
    const other = await users.order(who, { change: { price: 'pro', quantity: 2 } });
    expect(other).toMatchObject({ body: { outcome: 'payment_required' } });
    expect(other.body['payment_url']).not.toBe(url);
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
    const open = (await users.invoices(who)).filter(({ status }) => status === 'open');
    expect(open).toEqual([]);
  });
});
