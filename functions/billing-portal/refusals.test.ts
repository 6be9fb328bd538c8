import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { type Refusals, refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let price: string;
let stripe: Refusals;
beforeAll(async () => {
  stage = await createStage();
  stripe = refusalsOf(stage);
  price = await monthlyPrice(stage);
});
afterEach(() => stripe.calm());
afterAll(() => stage.close());

const openPortal = 'POST /v1/billing_portal/sessions';

function portal(sub: string, body: object = {}) {
  const request = { method: 'POST', path: '/me/billing-portal-session', claims: { sub } };
  return stage.call('billing-portal', apiEvent('http', { ...request, body: JSON.stringify(body) }));
}

async function subscriber() {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  return { sub, ...payer };
}

describe('A portal', () => {
  it('whose settings were never saved in the dashboard names the setting, and raises an alarm', async () => {
    const { sub } = await subscriber();
    await stripe.account({ portal_settings_saved: false });
    const from = stage.logs.length;
    const answer = await portal(sub);
    expect(answer).toMatchObject({
      statusCode: 500,
      body: {
        code: 'misconfigured',
        detail: expect.stringContaining('PORTAL_CONFIGURATION: Save the settings'),
      },
    });
    expect(answer.headers).not.toHaveProperty('Retry-After');
    expect(stage.logs.slice(from)).toContainEqual(
      expect.objectContaining({ metric: 'misconfigured', settings: ['PORTAL_CONFIGURATION'] }),
    );
  });

  it('without the feature of a flow names the setting', async () => {
    const { sub } = await subscriber();
    expect(await portal(sub, { flow: 'subscription_pause' })).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('PORTAL_CONFIGURATION') },
    });
  });

  it('has no flow to cancel what is canceled already, and opens without a flow', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
    const from = stage.logs.length;
    expect(await portal(sub, { flow: 'subscription_cancel' })).toMatchObject({
      statusCode: 409,
      body: { code: 'flow_not_available', detail: 'Open the portal without a flow.' },
    });
    const metrics = stage.logs.slice(from).map(({ metric }) => metric);
    expect(metrics).toContain('request_not_applicable');
    expect(metrics).not.toContain('request_failed');
    expect((await portal(sub)).statusCode).toBe(200);
  });

  it('without anything to change says so', async () => {
    const { sub } = await subscriber();
    const message = 'Cannot update the subscription because there are no changes to confirm.';
    await stripe.refuse(openPortal, { message });
    expect(await portal(sub)).toMatchObject({ statusCode: 409, body: { code: 'nothing_to_change' } });
  });

  it('refused because of the client’s URL says so, and because of its own setting names it', async () => {
    const { sub } = await subscriber();
    const message = 'Livemode requests must always be redirected via HTTPS.';
    await stripe.refuse(openPortal, { param: 'return_url', message });
    expect(await portal(sub, { return_url: 'http://localhost:3000/' })).toMatchObject({
      statusCode: 400,
      body: { code: 'return_url_not_allowed' },
    });
    expect(await portal(sub)).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', detail: expect.stringContaining('PORTAL_RETURN_URL') },
    });
  });
});
