import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { buyersOn, idOf, pay, pricesOn } from '../../tests/support/buyers.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const UNREACHABLE_ENDPOINT = 'http://127.0.0.1:9/stripe/webhook';

const cognito = ownCognito();
let stage: Stage;

beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognito: cognito() });
  await pricesOn(stage);
  await stage.stripe.webhookEndpoints.create({ url: UNREACHABLE_ENDPOINT, enabled_events: ['*'] });
});
afterEach(() => stage.close());

/** A user pays, the payment's event is lost, and the account is being deleted by then. */
async function paidDuringDeletion({ requestedAt }: { readonly requestedAt: string }) {
  const buyers = buyersOn(stage);
  // A user without a verified address gets no trial, so the checkout is paid in full.
  const who = await buyers.user({ verified: false });
  const { body } = await buyers.checkout(who);
  expect(await pay(body['url'])).toBe(303);
  const session = await stage.stripe.checkout.sessions.retrieve(String(body['id']));
  const customer = await buyers.customerOf(who);
  const profile = await stage.profile(who.sub);
  await stage.putProfile({ ...profile, userId: who.sub, predixaDeletionRequestedAt: requestedAt });
  return { who, customer, session, subscription: idOf(session.subscription) };
}

/** Stores the row that a sync writes which read the purchase. */
async function storeSyncedRow({
  who,
  customer,
  subscription,
}: Awaited<ReturnType<typeof paidDuringDeletion>>) {
  await stage.putEntitlement({
    cognito_sub: who.sub,
    status: 'active',
    subscription_id: subscription,
    stripe_customer_ids: [customer],
    synced_at: Math.floor(Date.now() / 1000) + 60,
    version: 2,
  });
}

async function control(route: string, body: object = {}): Promise<Readonly<Record<string, unknown>>> {
  const url = `${stage.stripeUrl}/_simulator/${route}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json() as Promise<Record<string, unknown>>;
}

async function isRefunded(customer: string): Promise<boolean> {
  const { data } = await stage.stripe.charges.list({ customer });
  return data.some(({ refunded }) => refunded);
}

describe('A checkout whose event was lost', () => {
  it('is refunded before the deletion is finished, if it was paid during the deletion', async () => {
    const paid = await paidDuringDeletion({ requestedAt: '2026-01-01T00:00:00.000Z' });
    const { report } = (await stage.invoke('reconcile', {})) as RunResult;
    expect(report.outcomes).toMatchObject({ refunded: 1, failed: 0 });
    expect(report.reasons).toMatchObject({ event_undelivered: expect.any(Number), deletion_unfinished: 1 });
    expect(await isRefunded(paid.customer)).toBe(true);
    const subscription = await stage.stripe.subscriptions.retrieve(paid.subscription);
    expect(subscription.status).toBe('canceled');
    expect(await stage.profile(paid.who.sub)).toBeUndefined();
    const alarm = { metric: 'orphaned_checkout', user_id: paid.who.sub, action: 'cancel_and_refund' };
    expect(stage.logs).toContainEqual(expect.objectContaining(alarm));
  });

  it('is refunded also if another event has already brought the purchase into the row', async () => {
    const paid = await paidDuringDeletion({ requestedAt: new Date().toISOString() });
    await storeSyncedRow(paid);
    const { report } = (await stage.invoke('reconcile', {})) as RunResult;
    expect(report.outcomes).toMatchObject({ refunded: 1, failed: 0 });
    expect(await isRefunded(paid.customer)).toBe(true);
  });

  it('is announced as a refund by a dry run', async () => {
    const paid = await paidDuringDeletion({ requestedAt: new Date().toISOString() });
    const { report } = (await stage.invoke('reconcile', { dryRun: true })) as RunResult;
    expect(report.planned).toMatchObject({ refunded: 1, account_deleted: 1 });
    expect(await isRefunded(paid.customer)).toBe(false);
  });

  it('is not refunded if the user had the purchase for hours before the deletion', async () => {
    const hoursLater = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const paid = await paidDuringDeletion({ requestedAt: hoursLater });
    await storeSyncedRow(paid);
    const { report } = (await stage.invoke('reconcile', {})) as RunResult;
    expect(report).toMatchObject({
      outcomes: { refunded: 0, failed: 0 },
      reasons: { deletion_unfinished: 1 },
    });
    expect(await isRefunded(paid.customer)).toBe(false);
  });

  it('is not refunded by the webhook either, if the user had the purchase for hours before the deletion', async () => {
    const hoursLater = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const paid = await paidDuringDeletion({ requestedAt: hoursLater });
    const event = delivered(stripeEvent('checkout.session.completed', paid.session));
    expect(await stage.call('stripe-webhook', event)).toMatchObject({ statusCode: 200 });
    expect(await isRefunded(paid.customer)).toBe(false);
    expect((await stage.stripe.subscriptions.retrieve(paid.subscription)).status).toBe('active');
  });
});

it('A purchase is not refunded if the time of the request to delete is unreadable', async () => {
  const paid = await paidDuringDeletion({ requestedAt: '2026-13-01' });
  const event = delivered(stripeEvent('checkout.session.completed', paid.session));
  expect(await stage.call('stripe-webhook', event)).toMatchObject({ statusCode: 200 });
  expect(await isRefunded(paid.customer)).toBe(false);
  expect((await stage.stripe.subscriptions.retrieve(paid.subscription)).status).toBe('active');
});

describe('A lost checkout of a user who is deleted', () => {
  const alarms = () => stage.logs.filter(({ metric }) => metric === 'orphaned_checkout');

  // A user buys and deletes the account right away, and no event arrives.
  async function boughtAndDeleted({ verified }: { readonly verified: boolean }): Promise<string> {
    const buyers = buyersOn(stage);
    const who = await buyers.user({ verified });
    const { body } = await buyers.checkout(who);
    expect(await pay(body['url'])).toBe(303);
    const customer = await buyers.customerOf(who);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    return customer;
  }

  it('is refunded by one run, and is no finding of the next', async () => {
    const customer = await boughtAndDeleted({ verified: false });
    const first = (await stage.invoke('reconcile', {})) as RunResult;
    expect(first.report.outcomes).toMatchObject({ refunded: 1, failed: 0 });
    expect(await isRefunded(customer)).toBe(true);
    const second = (await stage.invoke('reconcile', {})) as RunResult;
    expect(second.report.reasons).toEqual({});
    expect(alarms()).toHaveLength(1);
  });

  it('is no finding if it was a trial, because there is nothing to refund', async () => {
    await boughtAndDeleted({ verified: true });
    const { report } = (await stage.invoke('reconcile', {})) as RunResult;
    expect(report.reasons).toEqual({});
    expect(alarms()).toEqual([]);
  });

  it('is no finding if the payment is disputed, and is refunded once the dispute is won', async () => {
    const customer = await boughtAndDeleted({ verified: false });
    const { data } = await stage.stripe.charges.list({ customer });
    const { id: dispute } = await control(`charges/${data[0]?.id ?? ''}/dispute`);
    const disputed = (await stage.invoke('reconcile', {})) as RunResult;
    expect(disputed.report.outcomes).toMatchObject({ refunded: 0, failed: 0 });
    expect(alarms()).toEqual([]);
    await control(`disputes/${String(dispute)}/settle`, { status: 'won' });
    const won = (await stage.invoke('reconcile', {})) as RunResult;
    expect(won.report.outcomes).toMatchObject({ refunded: 1, failed: 0 });
  });
});
