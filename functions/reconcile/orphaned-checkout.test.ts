import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { buyersOn, idOf, pay, pricesOn } from '../../tests/support/buyers.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

const UNREACHABLE_ENDPOINT = 'http://127.0.0.1:9/stripe/webhook';

const cognito = ownCognito();
let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognito: cognito() });
});
afterAll(() => stage.close());

it('A run refunds a checkout that was paid during a deletion, if its event was lost, before it finishes the deletion', async () => {
  const buyers = buyersOn(stage);
  await pricesOn(stage);
  await stage.stripe.webhookEndpoints.create({ url: UNREACHABLE_ENDPOINT, enabled_events: ['*'] });
  // A user without a verified address gets no trial, so the checkout is paid in full.
  const who = await buyers.user({ verified: false });
  const { body } = await buyers.checkout(who);
  expect(await pay(body['url'])).toBe(303);
  const session = await stage.stripe.checkout.sessions.retrieve(String(body['id']));
  const customer = await buyers.customerOf(who);
  const profile = await stage.profile(who.sub);
  await stage.putProfile({
    ...profile,
    userId: who.sub,
    predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
  });
  const { report } = (await stage.invoke('reconcile', {})) as RunResult;
  expect(report.outcomes).toMatchObject({ refunded: 1, failed: 0 });
  expect(report.reasons).toMatchObject({ event_undelivered: expect.any(Number), deletion_unfinished: 1 });
  const { data } = await stage.stripe.charges.list({ customer });
  expect(data).toMatchObject([{ refunded: true }]);
  const subscription = await stage.stripe.subscriptions.retrieve(idOf(session.subscription));
  expect(subscription.status).toBe('canceled');
  expect(await stage.profile(who.sub)).toBeUndefined();
  expect(stage.logs).toContainEqual(
    expect.objectContaining({ metric: 'orphaned_checkout', user_id: who.sub, action: 'cancel_and_refund' }),
  );
});
