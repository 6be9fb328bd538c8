/** Plans, items, and several subscriptions of one user. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

it('failure mode 40: an incomplete first attempt that expires keeps the access through another, paid subscription', async () => {
  const { createUser, subscribe, notify, control, entitlements, prices } = scene;
  const { sub, customerId } = await createUser();
  const attempt = await subscribe(customerId, { payment_behavior: 'default_incomplete' });
  expect(attempt.status).toBe('incomplete');
  await subscribe(customerId, { items: [{ price: prices.yearly }] });
  await notify(customerId);
  await control(`subscriptions/${attempt.id}/set`, { status: 'incomplete_expired' });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({
    status: 'active',
    plan: prices.yearly,
    access_granted: true,
  });
});

it('failure mode 41: an upgrade in the portal changes the plan to the new price', async () => {
  const { stage, createUser, subscribe, notify, entitlements, prices } = scene;
  const { sub, customerId } = await createUser();
  const { id, items } = await subscribe(customerId);
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({ plan: prices.monthly });
  const item = items.data[0]?.id ?? '';
  const upgraded = await stage.stripe.subscriptions.update(id, {
    items: [{ id: item, price: prices.yearly }],
  });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({
    plan: prices.yearly,
    current_period_end: upgraded.items.data[0]?.current_period_end,
  });
});

it('failure mode 42: a price that is called an add-on never counts as the plan, wherever its item comes', async () => {
  const { stage, createUser, subscribe, notify, entitlements, prices } = scene;
  const product = await stage.stripe.products.create({ name: 'Seat' });
  const recurring = { interval: 'month' } as const;
  const addon = await stage.stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 100_000,
    recurring,
    metadata: { predixa_role: 'add_on' },
  });
  const orders = [
    [prices.monthly, addon.id],
    [addon.id, prices.monthly],
  ];
  for (const order of orders) {
    const { sub, customerId } = await createUser();
    await subscribe(customerId, { items: order.map((price) => ({ price })) });
    await notify(customerId);
    expect(await entitlements(sub)).toMatchObject({
      plan: prices.monthly,
      add_ons: [{ price: addon.id, quantity: 1 }],
    });
  }
});

it('an item that is added later never becomes the plan, whatever it costs', async () => {
  const { stage, createUser, subscribe, notify, control, entitlements, prices } = scene;
  const { sub, customerId } = await createUser();
  const { id } = await subscribe(customerId, { items: [{ price: prices.monthly, quantity: 5 }] });
  await control(`subscriptions/${id}/renew`);
  const product = await stage.stripe.products.create({ name: 'Support' });
  const recurring = { interval: 'month' } as const;
  const terms = { product: product.id, currency: 'usd', unit_amount: 100_000, recurring };
  const support = await stage.stripe.prices.create(terms);
  await stage.stripe.subscriptions.update(id, { items: [{ price: support.id }] });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({
    plan: prices.monthly,
    quantity: 5,
    add_ons: [{ price: support.id, quantity: 1 }],
  });
});

it('a subscription to another product of the account gives nothing here', async () => {
  const { stage, createUser, subscribe, notify, entitlements } = scene;
  const product = await stage.stripe.products.create({ name: 'Another app' });
  const recurring = { interval: 'month' } as const;
  const metadata = { predixa_role: 'other_product' };
  const terms = { product: product.id, currency: 'usd', unit_amount: 900, recurring, metadata };
  const other = await stage.stripe.prices.create(terms);
  const { sub, customerId } = await createUser();
  await subscribe(customerId, { items: [{ price: other.id }] });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({ status: 'none', access_granted: false, plan: null });
});

it('failure mode 44: an upgrade becomes active on the new plan once its open invoice is paid', async () => {
  const { stage, createUser, subscribe, notify, control, entitlements, useCard, prices } = scene;
  const { sub, customerId } = await createUser();
  const { id, items } = await subscribe(customerId);
  await useCard(customerId, 'pm_card_chargeCustomerFail');
  await control(`subscriptions/${id}/renew`);
  const item = items.data[0]?.id ?? '';
  await stage.stripe.subscriptions.update(id, {
    items: [{ id: item, price: prices.yearly }],
    proration_behavior: 'none',
  });
  await notify(customerId);
  expect(await entitlements(sub)).toMatchObject({ status: 'past_due', access_granted: false });
  await useCard(customerId, 'pm_card_visa');
  const { data } = await stage.stripe.invoices.list({ customer: customerId, status: 'open' });
  expect(data).not.toEqual([]);
  for (const invoice of data) await stage.stripe.invoices.pay(invoice.id ?? '');
  await notify(customerId, 'invoice.paid');
  expect(await entitlements(sub)).toMatchObject({
    status: 'active',
    plan: prices.yearly,
    access_granted: true,
  });
});

it('a rule of the policy names a plan by its lookup key or product, and follows a changed key with the next sync', async () => {
  const policy = { plans: { pro_lookup: { refunded: 'granted' }, prod_pro: { paused: 'granted' } } };
  const { stage, ...own } = await openScene({ env: { ACCESS_POLICY: JSON.stringify(policy) } });
  const { stripe } = stage;
  const product = await stripe.products.create({ id: 'prod_pro', name: 'Pro' });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    lookup_key: 'pro_lookup',
  });
  const { sub, customerId } = await own.createUser();
  const { id, latest_invoice } = await own.subscribe(customerId, { items: [{ price: price.id }] });
  await own.notify(customerId);
  const planKeys = { [price.id]: ['pro_lookup', 'prod_pro'] };
  expect(await stage.entitlement(sub)).toMatchObject({ plan: price.id, plan_keys: planKeys });
  const invoice = typeof latest_invoice === 'string' ? latest_invoice : (latest_invoice?.id ?? '');
  const { data } = await stripe.invoicePayments.list({ invoice });
  const intent = data[0]?.payment.payment_intent;
  await stripe.refunds.create({ payment_intent: typeof intent === 'string' ? intent : (intent?.id ?? '') });
  await own.notify(customerId, 'charge.refunded', {});
  await stripe.prices.update(price.id, { lookup_key: 'other_lookup' });
  expect(await own.entitlements(sub)).toMatchObject({ access_granted: true });
  await own.notify(customerId);
  expect(await stage.entitlement(sub)).toMatchObject({
    plan_keys: { [price.id]: ['other_lookup', 'prod_pro'] },
  });
  await own.control(`subscriptions/${id}/set`, { status: 'paused' });
  await own.notify(customerId);
  expect(await own.entitlements(sub)).toMatchObject({
    access_granted: true,
    access_reason: 'active_subscription',
  });
  await stage.close();
});
