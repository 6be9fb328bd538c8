import { randomUUID } from 'node:crypto';
import { AdminDeleteUserCommand, AdminDisableUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowedReturnUrl } from '../../core/checkout/return-url.ts';
import { apiEvent, forms } from '../../tests/support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../../tests/support/buyers.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { payingCustomer } from '../../tests/support/payers.ts';
import { type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
type Buyers = ReturnType<typeof buyersOn>;
let buyers: Buyers;
let prices: Awaited<ReturnType<typeof pricesOn>>;

beforeAll(async () => {
  stage = await createStage({ concurrency: 8 });
  buyers = buyersOn(stage);
  prices = await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const checkout: Buyers['checkout'] = (...args) => buyers.checkout(...args);
const subscriptions: Buyers['subscriptions'] = (who) => buyers.subscriptions(who);
const openSessions: Buyers['openSessions'] = (who) => buyers.openSessions(who);
const customerOf: Buyers['customerOf'] = (who) => buyers.customerOf(who);

function user(email?: string): Promise<User> {
  return buyers.user(email === undefined ? {} : { email });
}

async function opened(who: User, body?: unknown) {
  const answer = await checkout(who, body);
  expect(answer.statusCode).toBe(200);
  const { id } = answer.body as { id: string };
  return { id, session: await stage.stripe.checkout.sessions.retrieve(id) };
}

describe('A checkout', () => {
  it.each(forms)(
    'provisions a user without a sign-up trigger, and names the user in every Stripe object (%s)',
    async (form) => {
      const who = await user();
      const answer = await checkout(who, { price: 'pro_monthly' }, form);
      expect(answer).toMatchObject({
        statusCode: 200,
        headers: { 'Cache-Control': 'no-store' },
        body: { id: expect.stringMatching(/^cs_/), url: expect.stringContaining('http') },
      });
      const { id } = answer.body as { id: string };
      const customer = await customerOf(who);
      expect(await stage.stripe.checkout.sessions.retrieve(id)).toMatchObject({
        customer,
        client_reference_id: who.sub,
        metadata: { cognito_sub: who.sub },
        success_url: 'https://app.example.com/welcome?session_id={CHECKOUT_SESSION_ID}',
      });
      expect(await stage.stripe.customers.retrieve(customer)).toMatchObject({
        email: who.email,
        metadata: { cognito_sub: who.sub },
      });
      expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'none' });
      expect(await pay(answer.body['url'])).toBe(303);
      const [subscription] = await subscriptions(who);
      expect(subscription).toMatchObject({ metadata: { cognito_sub: who.sub }, status: 'trialing' });
    },
  );

  it('accepts a price by lookup key or by id, and only allowed prices', async () => {
    const who = await user();
    for (const price of ['pro_yearly', prices.yearly]) {
      const { id } = await opened(who, { price });
      const { data } = await stage.stripe.checkout.sessions.listLineItems(id);
      expect(data[0]?.price?.id).toBe(prices.yearly);
    }
    for (const price of [prices.secret, 'pro_weekly', '../prices', 'constructor']) {
      expect(await checkout(who, { price })).toMatchObject({
        statusCode: 400,
        body: { code: 'price_not_allowed' },
      });
    }
  });

  it('failure mode 47: refuses what a client must not choose: the trial, the quantity, a coupon, the customer', async () => {
    const who = await user();
    const cases: readonly (readonly [unknown, string])[] = [
      [{ price: 'pro_monthly', trial_days: 90 }, 'malformed_request'],
      [{ price: 'pro_monthly', customer: 'cus_other' }, 'malformed_request'],
      [{ price: 'pro_monthly', quantity: 2 }, 'quantity_not_allowed'],
      [{ price: 'pro_monthly', quantity: 0 }, 'malformed_request'],
      [{ price: 'pro_monthly', quantity: 1.5 }, 'malformed_request'],
      [{ price: 'pro_monthly', promotion: true }, 'promotion_not_allowed'],
      [{ price: 'pro_monthly', promotion: 'FREE' }, 'malformed_request'],
      [{ price: 7 }, 'malformed_request'],
      [{}, 'malformed_request'],
      ['', 'malformed_request'],
      ['[]', 'malformed_request'],
      ['{', 'malformed_request'],
    ];
    for (const [body, code] of cases) {
      expect(await checkout(who, body)).toMatchObject({ statusCode: 400, body: { code } });
    }
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('returns users to allowed origins only', async () => {
    const who = await user();
    const success_url = 'https://app.example.com/done?s={CHECKOUT_SESSION_ID}';
    const { session } = await opened(who, { price: 'pro_monthly', success_url });
    expect(session.success_url).toBe(success_url);
    for (const cancel_url of [
      'https://app.example.com.evil.org/',
      'https://app.example.com@evil.org/',
      'https://user:pass@app.example.com/',
      'http://app.example.com/',
      'https://app.example.com\\@evil.org',
      '//app.example.com/',
      'javascript:alert(1)',
      ' https://app.example.com/',
      17,
    ]) {
      expect(await checkout(who, { price: 'pro_monthly', cancel_url })).toMatchObject({
        statusCode: 400,
        body: { code: 'return_url_not_allowed' },
      });
    }
  });

  it('never returns a URL outside the listed origins, whatever the client sends', () => {
    const allowed = ['https://app.example.com', 'http://localhost:*'];
    const parts = [
      'https://',
      'http://',
      'app.example.com',
      'localhost:3000',
      '@',
      '.',
      'evil.org',
      '/',
      '\\',
      '?',
      '#',
    ];
    const texts = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.array(fc.constantFrom(...parts), { maxLength: 7 }).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const url = allowedReturnUrl(text, allowed);
        const origin = url === undefined ? undefined : new URL(url).origin;
        expect([undefined, 'https://app.example.com']).toContain(
          origin?.replace(/^http:\/\/localhost(:\d+)?$/, 'https://app.example.com'),
        );
      }),
    );
  });

  it('answers 401 without an identity and 410 to a token whose user is deleted or disabled, and creates nothing', async () => {
    const anonymous = apiEvent('http', { method: 'POST', path: '/me/checkout-session', body: '{}' });
    expect((await stage.call('checkout', anonymous)).statusCode).toBe(401);
    const deleted = await user();
    await stage.cognito.send(
      new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username: deleted.username }),
    );
    expect(await checkout(deleted)).toMatchObject({ statusCode: 410, body: { code: 'account_deleted' } });
    expect(await stage.profile(deleted.sub)).toBeUndefined();
    expect(await stage.entitlement(deleted.sub)).toBeUndefined();
    const disabled = await user();
    await stage.cognito.send(
      new AdminDisableUserCommand({ UserPoolId: stage.poolId, Username: disabled.username }),
    );
    expect((await checkout(disabled)).statusCode).toBe(410);
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('refuses a token that combines one user’s sub with another’s username', async () => {
    const [owner, caller] = [await user(), await user()];
    expect((await checkout({ ...caller, username: owner.username })).statusCode).toBe(410);
    expect(await stage.profile(owner.sub)).toBeUndefined();
  });

  it('creates the customer and the row that sign-up could not create', async () => {
    const who = await user();
    const profile = { userId: who.sub, email: who.email, favorite: 'tea' };
    await stage.putProfile(profile);
    const { session } = await opened(who);
    expect(await stage.profile(who.sub)).toMatchObject({
      ...profile,
      stripeCustomerId: session.customer,
    });
    expect(await stage.entitlement(who.sub)).toMatchObject({ status: 'none' });
  });

  it('is the only route that provisions a user without a sign-up trigger', async () => {
    const { sub, username } = await user();
    const claims = { sub, 'cognito:username': username };
    await stage.call('entitlements-api', apiEvent('http', { claims }));
    for (const path of ['/me/entitlements/sync', '/me/billing-portal-session']) {
      const name = path.endsWith('sync') ? 'checkout' : 'billing-portal';
      await stage.call(name, apiEvent('http', { method: 'POST', path, claims, body: '{}' }));
    }
    expect(await stage.profile(sub)).toBeUndefined();
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('replaces a customer that was deleted by hand', async () => {
    const who = await user();
    const first = await opened(who);
    await stage.stripe.customers.del(await customerOf(who));
    const second = await opened(who);
    expect(second.session.customer).not.toBe(first.session.customer);
    expect(await customerOf(who)).toBe(second.session.customer);
  });
});

describe('The protection against double payment', () => {
  it('failure mode 43: refers a user with a subscription to the portal', async () => {
    const who = await user();
    const { session } = await opened(who);
    await pay(session.url);
    expect(await checkout(who)).toMatchObject({
      statusCode: 409,
      body: { code: 'already_subscribed', source: 'stripe', portal: '/me/billing-portal-session' },
    });
    expect(await subscriptions(who)).toHaveLength(1);
  });

  it('refuses a user who pays on the phone, and names no portal: Stripe is not the payer', async () => {
    const who = await user();
    const row = { status: 'active', platform: 'revenuecat', plan: 'monthly_pro', current_period_end: 4e9 };
    await stage.putEntitlement({ cognito_sub: who.sub, ...row });
    const { statusCode, body } = await checkout(who);
    expect([statusCode, body]).toMatchObject([
      409,
      { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions' },
    ]);
    expect(body).not.toHaveProperty('portal');
  });

  it.each(['past_due', 'unpaid', 'paused'])(
    'refers a user with a subscription that is %s to the portal too',
    async (status) => {
      const who = await user();
      const { session } = await opened(who);
      await pay(session.url);
      const [bought] = await subscriptions(who);
      const url = `${stage.stripeUrl}/_simulator/subscriptions/${bought?.id}/set`;
      await fetch(url, { method: 'POST', body: JSON.stringify({ status }) });
      expect(await checkout(who)).toMatchObject({ statusCode: 409, body: { code: 'already_subscribed' } });
    },
  );

  it('counts a subscription of the user’s second customer', async () => {
    const who = await user();
    await opened(who);
    const second = await payingCustomer(stage, { price: prices.monthly, metadata: { cognito_sub: who.sub } });
    const row = await stage.entitlement(who.sub);
    await stage.putEntitlement({ ...row, stripe_customer_ids: [second.customerId] });
    expect(await checkout(who)).toMatchObject({ statusCode: 409, body: { code: 'already_subscribed' } });
    expect(await openSessions(who)).toEqual([]);
  });

  it('failure mode 43: offers an equal request the same open session, and a different request replaces that session', async () => {
    const who = await user();
    const first = await opened(who);
    expect((await opened(who)).id).toBe(first.id);
    const other = await opened(who, { price: 'pro_yearly' });
    expect(other.id).not.toBe(first.id);
    expect((await openSessions(who)).map(({ id }) => id)).toEqual([other.id]);
    expect(await pay(first.session.url)).not.toBe(303);
    // The first request again: its earlier idempotency key must not return the expired session.
    const again = await opened(who);
    expect(again.session.status).toBe('open');
    expect(again.id).not.toBe(first.id);
  });

  it('failure mode 17: opens one session with the trial, for one customer, from simultaneous clicks', async () => {
    const who = await user();
    const answers = await Promise.all(Array.from({ length: 6 }, () => checkout(who)));
    const ids = new Set(answers.filter(({ statusCode }) => statusCode === 200).map(({ body }) => body['id']));
    expect(ids.size).toBe(1);
    expect(await openSessions(who)).toHaveLength(1);
    const { data } = await stage.stripe.customers.search({ query: `metadata['cognito_sub']:'${who.sub}'` });
    expect(data).toHaveLength(1);
    await pay(answers.find(({ statusCode }) => statusCode === 200)?.body['url']);
    expect(await subscriptions(who)).toMatchObject([{ status: 'trialing' }]);
  });

  it('leaves at most one session open and at most one paid, whatever is requested at the same moment', async () => {
    const requests = fc.array(fc.constantFrom('pro_monthly', 'pro_yearly', prices.monthly), {
      minLength: 2,
      maxLength: 5,
    });
    const attempts = fc.asyncProperty(requests, async (named) => {
      const who = await user();
      const answers = await Promise.all(named.map((price) => checkout(who, { price })));
      expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 409)).toBe(true);
      expect((await openSessions(who)).length).toBeLessThanOrEqual(1);
      for (const { body } of answers) if (body['url'] !== undefined) await pay(body['url']);
      expect((await subscriptions(who)).length).toBeLessThanOrEqual(1);
    });
    await fc.assert(attempts, { numRuns: isLongRun ? 20 : 8 });
  });

  it('closes a new session again when another was paid while the new one was being opened', async () => {
    const who = await user();
    await opened(who);
    const hold = stage.wires.stripe.holdNext(`POST /v1/checkout/sessions`);
    // Other code opened this session, so the first read does not offer it.
    const second = checkout(who, { price: 'pro_yearly' });
    await hold.reached;
    const foreign = await stage.stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: await customerOf(who),
      line_items: [{ price: prices.monthly, quantity: 1 }],
      success_url: 'https://app.example.com/',
    });
    await pay(foreign.url);
    hold.release();
    expect(await second).toMatchObject({ statusCode: 409, body: { code: 'already_subscribed' } });
    expect(await openSessions(who)).toEqual([]);
    expect(await subscriptions(who)).toHaveLength(1);
  });

  it('first cancels an incomplete subscription, which could still be paid later', async () => {
    const who = await user();
    await opened(who);
    const customer = await customerOf(who);
    const incomplete = await stage.stripe.subscriptions.create({
      customer,
      items: [{ price: prices.monthly }],
      payment_behavior: 'default_incomplete',
    });
    await opened(who, { price: 'pro_yearly' });
    expect((await stage.stripe.subscriptions.retrieve(incomplete.id)).status).toMatch(
      /^(canceled|incomplete_expired)$/,
    );
  });

  it('keeps an incomplete subscription that is paid at this moment', async () => {
    const who = await user();
    await opened(who);
    const customer = await customerOf(who);
    const { id, latest_invoice } = await stage.stripe.subscriptions.create({
      customer,
      items: [{ price: prices.monthly }],
      payment_behavior: 'default_incomplete',
    });
    const invoice = typeof latest_invoice === 'string' ? latest_invoice : '';
    const hold = stage.wires.stripe.holdNext(`POST /v1/invoices/${invoice}/void`);
    const answer = checkout(who, { price: 'pro_yearly' });
    await hold.reached;
    const { id: method } = await stage.stripe.paymentMethods.attach('pm_card_visa', { customer });
    await stage.stripe.invoices.pay(invoice, { payment_method: method });
    hold.release();
    expect(await answer).toMatchObject({ statusCode: 409, body: { code: 'already_subscribed' } });
    expect(await stage.stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'active' });
    expect(await openSessions(who)).toEqual([]);
  });

  it('offers the opened session again after its response was lost', async () => {
    const who = await user();
    let lost = 0;
    stage.wires.stripe.fail((call) => {
      if (call.name !== 'POST /v1/checkout/sessions') return undefined;
      lost += 1;
      return 'reset_after';
    });
    expect((await checkout(who)).statusCode).toBe(503);
    expect(lost).toBeGreaterThan(0);
    stage.calm();
    await opened(who);
    expect(await openSessions(who)).toHaveLength(1);
  });
});

describe('The trial of a person', () => {
  const isTrial: Buyers['isTrial'] = (...args) => buyers.isTrial(...args);

  it('failure mode 46: is not available for the user’s second subscription', async () => {
    const who = await user();
    expect(await isTrial(await checkout(who), who)).toBe(true);
    const [first] = await subscriptions(who);
    await stage.stripe.subscriptions.cancel(first?.id ?? '');
    expect(await isTrial(await checkout(who), who)).toBe(false);
  });

  it('failure mode 46: is not available with a new account, however the address is written', async () => {
    const name = randomUUID();
    const who = await user(`${name}@example.com`);
    expect(await isTrial(await checkout(who), who)).toBe(true);
    await buyers.remove(who);
    expect(await stage.profile(who.sub)).toBeUndefined();
    const again = await user(`${name.toUpperCase()}+new@example.com`);
    expect(await isTrial(await checkout(again), again)).toBe(false);
  });

  it('is granted once when two accounts with one address check out at the same moment', async () => {
    const email = `${randomUUID()}@example.com`;
    const both = [await user(email), await user(email)];
    const answers = await Promise.all(both.map((who) => checkout(who)));
    const trials = await Promise.all(both.map((who, index) => isTrial(answers[index] as ApiAnswer, who)));
    expect(trials.filter(Boolean)).toHaveLength(1);
  });

  it('is available again after its session expired unpaid, also to the person’s other account', async () => {
    const email = `${randomUUID()}@example.com`;
    const [one, other] = [await user(email), await user(email)];
    const { id } = await opened(one);
    await stage.stripe.checkout.sessions.expire(id);
    expect(await isTrial(await checkout(other), other)).toBe(true);
  });

  it('is used up by a trial that the app granted', async () => {
    const who = await user();
    await stage.putEntitlement({ cognito_sub: who.sub, status: 'trial_expired', trial_expires_at: 1 });
    expect(await isTrial(await checkout(who), who)).toBe(false);
  });

  it('requires a verified address, and the address itself is never stored', async () => {
    const who = await buyers.user({ verified: false });
    expect(await isTrial(await checkout(who), who)).toBe(false);
    const sent = stage.wires.dynamodb.calls.filter(({ body }) => body.includes('trial#'));
    expect(sent).toEqual([]);
    const verified = await user();
    await opened(verified);
    const claims = stage.wires.dynamodb.calls.filter(({ body }) => body.includes('trial#'));
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.some(({ body }) => body.includes(verified.email) || body.includes(verified.sub))).toBe(
      false,
    );
  });
});
