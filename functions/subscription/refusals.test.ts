/** Each situation in which a subscription cannot be changed has its own answer, and then nothing changes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestLimits } from '../../core/limits/request-limits.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { payingCustomer } from '../../tests/support/payers.ts';
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
  stage = await createStage({ env: shelfEnvironment });
  users = subscribersOn(stage);
  shelf = await shelfOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const upgrade = { change: { price: 'pro' } };

/** Every call that changes something in Stripe. */
function writes(): readonly string[] {
  return stage.wires.stripe
    .names()
    .filter((name) => /^(?:POST|DELETE)/.test(name) && !name.endsWith('create_preview'));
}

describe('A request', () => {
  it.each<readonly [unknown, string]>([
    ['', 'malformed_request'],
    ['[]', 'malformed_request'],
    [{}, 'malformed_request'],
    [{ change: {} }, 'malformed_request'],
    [{ change: { when: 'now' } }, 'malformed_request'],
    [{ change: { price: 'pro' }, cancel: {} }, 'malformed_request'],
    [{ cancel: {}, resume: {} }, 'malformed_request'],
    [{ cancel: true }, 'malformed_request'],
    [{ cancel: { feedback: 'bored' } }, 'malformed_request'],
    [{ cancel: { comment: 'x'.repeat(1_001) } }, 'malformed_request'],
    [{ cancel: { when: 'now' } }, 'malformed_request'],
    [{ resume: { price: 'pro' } }, 'malformed_request'],
    [{ change: { price: 7 } }, 'malformed_request'],
    [{ change: { price: 'pro', when: 'later' } }, 'malformed_request'],
    [{ change: { price: 'pro', trial_days: 30 } }, 'malformed_request'],
    [{ change: { price: 'pro', preview: 'yes' } }, 'malformed_request'],
    [{ change: { quantity: 0 } }, 'malformed_request'],
    [{ change: { quantity: 1.5 } }, 'malformed_request'],
    [{ change: { quantity: 51 } }, 'quantity_not_allowed'],
    [{ change: { add_ons: {} } }, 'malformed_request'],
    [{ change: { add_ons: ['seats'] } }, 'malformed_request'],
    [{ change: { add_ons: [{ price: 'seats', quantity: 51 }] } }, 'quantity_not_allowed'],
    [{ change: { add_ons: [{ price: 'seats', coupon: 'FREE' }] } }, 'malformed_request'],
  ])('is refused before Stripe is asked for %j', async (body, code) => {
    expect(await users.order({ sub: randomUUID() }, body)).toMatchObject({ statusCode: 400, body: { code } });
    expect(writes()).toEqual([]);
  });

  it('without an identity is refused', async () => {
    const event = apiEvent('http', { method: 'POST', path: '/me/subscription', body: '{"resume":{}}' });
    expect((await stage.call('subscription', event)).statusCode).toBe(401);
  });
});

describe('A change', () => {
  it.each<readonly [object, string]>([
    [{ price: 'gold' }, 'price_not_allowed'],
    [{ price: 'seats' }, 'price_not_allowed'],
    [{ add_ons: [{ price: 'basic' }] }, 'add_on_not_allowed'],
    [{ add_ons: [{ price: 'gold' }] }, 'add_on_not_allowed'],
    [{ add_ons: [{ price: 'seats' }, { price: 'seats' }] }, 'malformed_request'],
    [{ price: 'pro_yearly', add_ons: [{ price: 'seats' }] }, 'add_on_not_allowed'],
  ])('to what is not sold is refused, also in a preview: %j', async (change, code) => {
    const who = await users.subscriber(shelf.pro);
    stage.calm();
    expect(await users.order(who, { change })).toMatchObject({ statusCode: 400, body: { code } });
    expect(await users.preview(who, change)).toMatchObject({ statusCode: 400, body: { code } });
    expect(writes()).toEqual([]);
  });

  it('to a price of another currency is refused', async () => {
    const product = await stage.stripe.products.create({ name: 'Euro' });
    const euro = await stage.stripe.prices.create({
      product: product.id,
      currency: 'eur',
      unit_amount: 5,
      recurring: { interval: 'month' },
    });
    const who = await users.subscriber(euro.id);
    expect(await users.order(who, upgrade)).toMatchObject({
      statusCode: 409,
      body: { code: 'currency_mismatch' },
    });
    // What is no longer sold can be kept.
    expect(await users.order(who, { change: { price: euro.id, quantity: 2 } })).toMatchObject({
      body: { outcome: 'changed' },
    });
  });

  async function refusedAfter(
    prepare: (who: Subscriber) => Promise<unknown>,
    code: string,
    statusCode = 409,
  ) {
    const who = await users.subscriber(shelf.basic);
    await prepare(who);
    stage.calm();
    for (const answer of [await users.order(who, upgrade), await users.preview(who, upgrade.change)]) {
      expect(answer).toMatchObject({ statusCode, body: { code } });
    }
    expect(writes()).toEqual([]);
    return who;
  }
  const update = (params: object) => (who: Subscriber) =>
    stage.stripe.subscriptions.update(who.subscriptionId, params);

  it('is refused while a payment is due, and a cancellation is not', async () => {
    const who = await refusedAfter(async (subscriber) => {
      await users.payWith(subscriber, 'pm_card_chargeCustomerFail');
      await fetch(`${stage.stripeUrl}/_simulator/subscriptions/${subscriber.subscriptionId}/renew`, {
        method: 'POST',
      });
    }, 'payment_due');
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { outcome: 'ending' } });
  });

  it.each([
    ['is paused', (who: Subscriber) => stage.stripe.subscriptions.pause(who.subscriptionId)],
    ['is paid by invoice', update({ collection_method: 'send_invoice', days_until_due: 30 })],
    ['has its collection paused', update({ pause_collection: { behavior: 'void' } })],
    [
      'is managed by a schedule that support has set up',
      async (who: Subscriber) => {
        const schedule = await stage.stripe.subscriptionSchedules.create({
          from_subscription: who.subscriptionId,
        });
        await stage.stripe.subscriptionSchedules.update(schedule.id, { end_behavior: 'cancel' });
      },
    ],
    [
      'bills usage of its plan',
      async (who: Subscriber) => {
        const meter = await stage.stripe.billing.meters.create({
          display_name: 'm',
          event_name: `m${randomUUID().slice(0, 8)}`,
          default_aggregation: { formula: 'sum' },
        });
        const usage = await stage.stripe.prices.create({
          product_data: { name: 'Usage' },
          currency: 'usd',
          unit_amount: 1,
          recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
        });
        await stage.stripe.subscriptions.update(who.subscriptionId, { items: [{ price: usage.id }] });
      },
    ],
  ] as const)('is refused if the subscription %s', async (_, prepare) => {
    expect(await refusedAfter(prepare, 'change_not_available')).toMatchObject({ sub: expect.any(String) });
  });

  it('is refused without a subscription, after its end, and for one that was never paid', async () => {
    expect(await users.order({ sub: randomUUID() }, upgrade)).toMatchObject({
      statusCode: 409,
      body: { code: 'no_subscription', checkout: '/me/checkout-session' },
    });
    await refusedAfter((who) => stage.stripe.subscriptions.cancel(who.subscriptionId), 'no_subscription');
  });

  it('is refused if several subscriptions are billed, and names the portal', async () => {
    const who = await refusedAfter(
      (who) =>
        stage.stripe.subscriptions.create({
          customer: who.customerId,
          items: [{ price: shelf.pro }],
          default_payment_method: 'pm_card_visa',
        }),
      'several_subscriptions',
    );
    expect(who.sub).not.toBe('');
  });

  it('leaves the subscription of another product alone', async () => {
    const other = await stage.stripe.prices.create({
      product_data: { name: 'Other' },
      currency: 'usd',
      unit_amount: 5,
      recurring: { interval: 'month' },
      metadata: { predixa_role: 'other_product' },
    });
    const who = await users.subscriber(other.id);
    stage.calm();
    expect(await users.order(who, { cancel: {} })).toMatchObject({ body: { code: 'no_subscription' } });
    expect(writes()).toEqual([]);
  });

  it('never reaches the customer of another user, whatever the profile names', async () => {
    const other = await users.subscriber(shelf.basic);
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId: other.customerId });
    stage.calm();
    for (const body of [upgrade, { cancel: {} }, { resume: {} }]) {
      expect(await users.order({ sub }, body)).toMatchObject({
        statusCode: 409,
        body: { code: 'owner_contradiction' },
      });
    }
    expect(writes()).toEqual([]);
  });

  it('never reaches the customer of another stage', async () => {
    const sub = randomUUID();
    const metadata = { cognito_sub: sub, cognito_user_pool: 'us-east-1_Other' };
    const { customerId } = await payingCustomer(stage, { price: shelf.basic, metadata });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    stage.calm();
    expect(await users.order({ sub }, { cancel: {} })).toMatchObject({
      body: { code: 'owner_contradiction' },
    });
    expect(writes()).toEqual([]);
  });

  it('by a user who pays elsewhere names the page of that payer', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub });
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: 'monthly_pro',
      platform: 'ios',
      current_period_end: Math.floor(Date.now() / 1000) + 86_400,
    });
    expect(await users.order({ sub }, upgrade)).toMatchObject({
      statusCode: 409,
      body: { code: 'paid_elsewhere', manage_url: expect.stringContaining('apple.com') },
    });
  });

  it('by a deleted user is refused, before anything is read from Stripe', async () => {
    const who = await users.subscriber(shelf.basic);
    await stage.putProfile({
      userId: who.sub,
      stripeCustomerId: who.customerId,
      predixaDeletionRequestedAt: new Date().toISOString(),
      predixaDeletionUsername: who.sub,
      predixaDeletionBasis: 'requested',
    });
    stage.calm();
    expect(await users.order(who, upgrade)).toMatchObject({
      statusCode: 410,
      body: { code: 'account_deleted' },
    });
    expect(stage.wires.stripe.calls).toEqual([]);
  });
});

describe('A preview', () => {
  it('that no longer shows what would be billed is refused, and nothing is billed', async () => {
    const who = await users.subscriber(shelf.basic);
    const { body } = await users.preview(who, { price: 'pro' });
    const { preview } = body as { preview: string };
    const outdated = { statusCode: 409, body: { code: 'preview_outdated' } };
    expect(await users.order(who, { change: { price: 'pro', quantity: 2, preview } })).toMatchObject(
      outdated,
    );
    expect(await users.order(who, { change: { price: 'pro', when: 'period_end', preview } })).toMatchObject(
      outdated,
    );
    const [at = '0', amount, digest] = preview.split('-');
    for (const forged of [`${Number(at) + 86_400}-${amount}-${digest}`, `${at}-1-${digest}`])
      expect(await users.order(who, { change: { price: 'pro', preview: forged } })).toMatchObject(outdated);
    const coupon = await stage.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    await stage.stripe.subscriptions.update(who.subscriptionId, { discounts: [{ coupon: coupon.id }] });
    expect(await users.order(who, { change: { price: 'pro', preview } })).toMatchObject(outdated);
    expect(await users.itemsOf(who)).toEqual([[shelf.basic, 1]]);
    expect(await users.invoices(who)).toHaveLength(1);
  });

  it('of nothing shows the subscription, and writes nothing', async () => {
    const who = await users.subscriber(shelf.basic);
    stage.calm();
    expect(await users.preview(who, {})).toMatchObject({
      statusCode: 200,
      body: {
        direction: 'same',
        due_now: 0,
        next_invoice: { amount: 1_000 },
        subscription: { price: shelf.basic },
      },
    });
    expect(writes()).toEqual([]);
  });
});

describe('The requests of one user', () => {
  it('are limited, and the refusal says when the next one is allowed', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub });
    const answers = [];
    for (let count = 0; count < 2 * requestLimits.subscription.atMost + 1; count += 1)
      answers.push(await users.order({ sub }, { resume: {} }));
    const limited = answers.find(({ statusCode }) => statusCode === 429);
    expect(limited).toMatchObject({ body: { code: 'too_many_requests' } });
    expect(Number(limited?.headers['Retry-After'])).toBeGreaterThan(0);
  });
});
