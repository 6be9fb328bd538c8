/** Trials, grace periods and pauses. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { longAgo, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ env: { PAST_DUE_GRACE_DAYS: '3' } });
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

it('failure mode 45: the end of a trial follows Stripe through a cancellation, its undoing, and a change of plan', async () => {
  const { stage, createUser, subscribe, notify, entitlements, prices } = scene;
  const { sub, customerId } = await createUser();
  const { id, items, trial_end } = await subscribe(customerId, { trial_period_days: 7 });
  const expectAsAtStripe = async () => {
    await notify(customerId);
    const now = await stage.stripe.subscriptions.retrieve(id);
    expect(await entitlements(sub)).toMatchObject({
      status: 'trialing',
      trial_expires_at: trial_end,
      current_period_end: now.items.data[0]?.current_period_end,
      cancel_at: now.cancel_at,
      trial_active: true,
    });
    return now;
  };
  await stage.stripe.subscriptions.update(id, { cancel_at_period_end: true });
  expect((await expectAsAtStripe()).cancel_at).toBe(trial_end);
  await stage.stripe.subscriptions.update(id, { cancel_at_period_end: false });
  expect((await expectAsAtStripe()).cancel_at).toBeNull();
  await stage.stripe.subscriptions.update(id, {
    items: [{ id: items.data[0]?.id ?? '', price: prices.yearly }],
  });
  expect((await expectAsAtStripe()).trial_end).toBe(trial_end);
  expect(await entitlements(sub)).toMatchObject({ plan: prices.yearly });
});

it('failure mode 48: a trial that is canceled immediately gives no access, although its end is days away', async () => {
  const { stage, createUser, subscribe, notify, entitlements } = scene;
  const { sub, customerId } = await createUser();
  const { id } = await subscribe(customerId, { trial_period_days: 7 });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({ access_granted: true, access_reason: 'trial' });
  await stage.stripe.subscriptions.cancel(id);
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({
    status: 'canceled',
    access_granted: false,
    access_reason: 'canceled',
    trial_active: false,
  });
});

it('failure mode 49: a subscription that was a trial keeps the end of the trial', async () => {
  const { createUser, subscribe, notify, entitlements, control } = scene;
  const { sub, customerId } = await createUser();
  const { id } = await subscribe(customerId, { trial_period_days: 7 });
  await control(`subscriptions/${id}/renew`);
  await notify(customerId);
  // The simulated clock did not move: the trial has ended early.
  const { trial_end } = await scene.stage.stripe.subscriptions.retrieve(id);
  expect(trial_end).toEqual(expect.any(Number));
  expect(await entitlements(sub)).toMatchObject({
    status: 'active',
    access_reason: 'active_subscription',
    trial_expires_at: trial_end,
    trial_active: false,
    trial_days_remaining: 0,
  });
});

it('failure mode 50: the grace of a past-due user has one fixed end, which no failed retry moves', async () => {
  const { stage, createUser, subscribe, notify, entitlements, control, useCard } = scene;
  const { sub, customerId } = await createUser();
  const { id } = await subscribe(customerId);
  await useCard(customerId, 'pm_card_chargeCustomerFail');
  await control(`subscriptions/${id}/renew`);
  await notify(customerId, 'invoice.payment_failed');
  const since = (await stage.entitlement(sub))?.['past_due_since'];
  expect(since).toEqual(expect.any(Number));
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await control(`subscriptions/${id}/retry_payment`);
    await notify(customerId, 'invoice.payment_failed');
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'past_due', past_due_since: since });
  }
  // The same row during the grace and after it: time ends the grace, not an event.
  const aged = { ...(await stage.entitlement(sub)), past_due_since: longAgo().created };
  await stage.putEntitlement(aged);
  expect(await entitlements(sub)).toMatchObject({ access_granted: true, access_reason: 'past_due_grace' });
  await stage.putEntitlement({ ...aged, past_due_since: longAgo().created - 3 * 86_400 });
  expect(await entitlements(sub)).toMatchObject({ access_granted: false, access_reason: 'past_due' });
});

it('failure mode 51: pausing a subscription ends access and resuming restores it, while paused collection changes nothing', async () => {
  const { stage, createUser, subscribe, notify, entitlements, control } = scene;
  const { sub, customerId } = await createUser();
  const { id } = await subscribe(customerId);
  await control(`subscriptions/${id}/set`, { status: 'paused' });
  await notify(customerId, 'customer.subscription.paused');
  expect(await entitlements(sub)).toMatchObject({ status: 'canceled', access_granted: false });
  expect(await stage.entitlement(sub)).toMatchObject({ stripe_status: 'paused' });
  await control(`subscriptions/${id}/set`, { status: 'active' });
  await notify(customerId, 'customer.subscription.resumed');
  expect(await entitlements(sub)).toMatchObject({ status: 'active', access_granted: true });
  await stage.stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({ status: 'active', access_granted: true });
});
