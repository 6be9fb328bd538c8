import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let price: string;

beforeAll(async () => {
  stage = await createStage();
  price = await monthlyPrice(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

function portal(sub: string, body: unknown = {}, form: Form = 'http') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = { method: 'POST', path: '/me/billing-portal-session', claims: { sub }, body: text };
  return stage.call('billing-portal', apiEvent(form, request));
}

async function subscriber() {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'active', stripe_customer_ids: [payer.customerId] });
  return { sub, ...payer };
}

/** Returns the parameters of the portal session that the function opened. */
function sessionParams(): URLSearchParams {
  const call = stage.wires.stripe.calls.find(({ name }) => name === 'POST /v1/billing_portal/sessions');
  return new URLSearchParams(call?.body);
}

describe('POST /me/billing-portal-session', () => {
  it.each(forms)(
    'opens the portal of the caller’s own customer and returns to the app (%s)',
    async (form) => {
      const { sub, customerId } = await subscriber();
      const answer = await portal(sub, {}, form);
      expect(answer).toMatchObject({
        statusCode: 200,
        headers: { 'Cache-Control': 'no-store' },
        body: { url: expect.stringContaining('http') },
      });
      expect(sessionParams().get('customer')).toBe(customerId);
      expect(sessionParams().get('return_url')).toBe('https://app.example.com/account');
      expect((await fetch(String(answer.body['url']))).status).toBe(200);
    },
  );

  it('opens a requested task directly, with the caller’s own subscription', async () => {
    const { sub, subscriptionId } = await subscriber();
    const return_url = 'https://app.example.com/back';
    expect((await portal(sub, { flow: 'subscription_cancel', return_url })).statusCode).toBe(200);
    expect(sessionParams().get('flow_data[subscription_cancel][subscription]')).toBe(subscriptionId);
    expect(sessionParams().get('flow_data[after_completion][redirect][return_url]')).toBe(return_url);
    stage.calm();
    expect((await portal(sub, { flow: 'payment_method_update' })).statusCode).toBe(200);
    expect(sessionParams().get('flow_data[type]')).toBe('payment_method_update');
  });

  it('opens the customer whose subscription decides, of several', async () => {
    const { sub, customerId } = await subscriber();
    const bare = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: bare.id });
    await stage.putEntitlement({ cognito_sub: sub, stripe_customer_ids: [bare.id, customerId] });
    await portal(sub);
    expect(sessionParams().get('customer')).toBe(customerId);
  });

  it('opens the customer that had the last subscription, of several without a live one', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const bare = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: bare.id });
    await stage.putEntitlement({ cognito_sub: sub, stripe_customer_ids: [bare.id, customerId] });
    expect((await portal(sub)).statusCode).toBe(200);
    expect(sessionParams().get('customer')).toBe(customerId);
  });

  it('skips a customer that was deleted by hand, of several', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const second = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
    await stage.putEntitlement({ cognito_sub: sub, stripe_customer_ids: [customerId, second.id] });
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await stage.stripe.customers.del(customerId);
    stage.calm();
    expect((await portal(sub)).statusCode).toBe(200);
    const sent = stage.wires.stripe.calls.filter(({ name }) => name === 'POST /v1/billing_portal/sessions');
    expect(new URLSearchParams(sent.at(-1)?.body).get('customer')).toBe(second.id);
  });

  it.each(['past_due', 'unpaid', 'paused'])(
    'lets a user manage a subscription that is %s',
    async (status) => {
      const { sub, subscriptionId } = await subscriber();
      const url = `${stage.stripeUrl}/_simulator/subscriptions/${subscriptionId}/set`;
      await fetch(url, { method: 'POST', body: JSON.stringify({ status }) });
      expect((await portal(sub, { flow: 'subscription_update' })).statusCode).toBe(200);
      expect(sessionParams().get('flow_data[subscription_update][subscription]')).toBe(subscriptionId);
    },
  );

  it('refers a user without a purchase to the checkout, without a call to Stripe', async () => {
    const answer = await portal(randomUUID());
    expect(answer).toMatchObject({
      statusCode: 409,
      body: { code: 'no_customer', checkout: '/me/checkout-session' },
    });
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('refuses a task that needs a live subscription if there is none', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    expect(await portal(sub, { flow: 'subscription_update' })).toMatchObject({
      statusCode: 409,
      body: { code: 'no_subscription' },
    });
    expect((await portal(sub)).statusCode).toBe(200);
  });

  it('treats a user whose only customer was deleted by hand as a user without one', async () => {
    const { sub, customerId } = await subscriber();
    await stage.stripe.customers.del(customerId);
    expect(await portal(sub)).toMatchObject({ statusCode: 409, body: { code: 'no_customer' } });
  });

  it('answers 410 to a user being deleted, 401 without an identity and 503 while Stripe does not answer', async () => {
    const { sub, customerId } = await subscriber();
    const event = apiEvent('http', { method: 'POST', path: '/me/billing-portal-session' });
    expect((await stage.call('billing-portal', event)).statusCode).toBe(401);
    stage.wires.stripe.fail(everyOf('POST /v1/billing_portal/sessions', 'server_error'));
    expect(await portal(sub)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
    stage.calm();
    const predixaDeletionRequestedAt = '2026-01-01T00:00:00.000Z';
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, predixaDeletionRequestedAt });
    expect(await portal(sub)).toMatchObject({ statusCode: 410, body: { code: 'account_deleted' } });
  });

  it('refuses the ids of other users, foreign return URLs and unknown tasks', async () => {
    const { sub } = await subscriber();
    const other = await subscriber();
    const cases: readonly (readonly [unknown, string])[] = [
      [{ customer: other.customerId }, 'malformed_request'],
      [{ subscription: other.subscriptionId }, 'malformed_request'],
      [{ return_url: 'https://evil.org/' }, 'return_url_not_allowed'],
      [{ return_url: 7 }, 'return_url_not_allowed'],
      [{ return_url: 'https://app.example.com@evil.org/' }, 'return_url_not_allowed'],
      [{ return_url: 'https://evil.org\\@app.example.com/' }, 'return_url_not_allowed'],
      [{ return_url: '//app.example.com/' }, 'return_url_not_allowed'],
      [{ return_url: 'javascript:alert(1)' }, 'return_url_not_allowed'],
      [{ return_url: 'https://app.example.com./' }, 'return_url_not_allowed'],
      [{ return_url: 'https://app.example.com:444/' }, 'return_url_not_allowed'],
      [{ flow: '__proto__' }, 'flow_not_allowed'],
      [{ configuration: 'bpc_other' }, 'malformed_request'],
      ['{"__proto__": {"flow": "subscription_cancel"}}', 'malformed_request'],
      [{ flow: 'subscription_update_confirm' }, 'flow_not_allowed'],
      [{ flow: 'constructor' }, 'flow_not_allowed'],
      [{ flow: 1 }, 'flow_not_allowed'],
      ['[1]', 'malformed_request'],
      ['{', 'malformed_request'],
    ];
    for (const [body, code] of cases) {
      expect(await portal(sub, body)).toMatchObject({ statusCode: 400, body: { code } });
    }
    expect(stage.wires.stripe.calls).toEqual([]);
  });

  it('names the setting of a missing portal configuration, never that the customer is missing', async () => {
    const env = { PORTAL_CONFIGURATION: 'bpc_missing', STRIPE_API_BASE: stage.wires.stripe.url };
    const elsewhere = await createStage({ env });
    const { sub, customerId } = await subscriber();
    await elsewhere.putProfile({ userId: sub, stripeCustomerId: customerId });
    const request = { method: 'POST', path: '/me/billing-portal-session', claims: { sub }, body: '{}' };
    const answer = await elsewhere.call('billing-portal', apiEvent('http', request));
    expect(answer).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('PORTAL_CONFIGURATION') },
    });
    expect(answer.headers).not.toHaveProperty('Retry-After');
    await elsewhere.close();
  });
});
