/** Tests of the stand-in for Stripe.js, in a real browser, on a page of another origin. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openBrowser } from '../../tests/support/browser.ts';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let browser: Browser | undefined;
let page: Page;
let shop: Server;
let body = '';
const shopUrl = () => `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
  browser = await openBrowser();
  shop = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(
      `<!doctype html><title>Shop</title><div id="payment"></div><div id="card"></div><p id="result"></p><script src="${rig.simulator.url}/v3/"></script><script>const stripe = Stripe('pk_test_shop'); const say = (value) => { document.querySelector('#result').textContent = JSON.stringify(value); };${body}</script>`,
    );
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  if (browser !== undefined) page = await browser.newPage();
});
afterEach(() => page.close());
afterAll(async () => {
  await browser?.close();
  shop.closeAllConnections();
  shop.close();
  await rig.close();
});

async function visit(script: string): Promise<void> {
  body = script;
  await page.goto(`${shopUrl()}/pay`);
}

const result = async (): Promise<Record<string, unknown>> => {
  const text = page.locator('#result');
  await page.waitForFunction("document.querySelector('#result').textContent !== ''");
  return JSON.parse((await text.textContent()) ?? '') as Record<string, unknown>;
};

const fields = () => page.frameLocator('iframe[title="Secure payment input frame"]');

async function fillCard(number: string): Promise<void> {
  await fields().getByLabel('Card number').fill(number);
  await fields().getByLabel('Expiration date').fill('12 / 40');
  await fields().getByLabel('Security code').fill('123');
}

function mountPayment(secret: string | null, confirm: string): string {
  return `const elements = stripe.elements({ clientSecret: '${secret}' });
    const payment = elements.create('payment');
    payment.on('ready', () => { document.title = 'Ready'; });
    payment.mount('#payment');
    window.confirmNow = async () => say(await ${confirm});`;
}

const confirmNow = async () => {
  await page.waitForFunction("document.title === 'Ready'");
  await page.evaluate('void confirmNow()');
};

const newIntent = () => stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });

test('A page with the payment element pays and returns to the shop', async () => {
  const intent = await newIntent();
  await visit(
    mountPayment(
      intent.client_secret,
      `stripe.confirmPayment({ elements, confirmParams: { return_url: location.origin + '/done' } })`,
    ),
  );
  await page.waitForFunction("document.title === 'Ready'");
  await fillCard('4242 4242 4242 4242');
  await page.evaluate('void confirmNow()');
  await page.waitForURL('**/done?**');

  expect(new URL(page.url()).searchParams.get('redirect_status')).toBe('succeeded');
  expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
});

test('An incomplete card and a declined one are errors of the call', async () => {
  const intent = await newIntent();
  await visit(
    mountPayment(intent.client_secret, `stripe.confirmPayment({ elements, redirect: 'if_required' })`),
  );
  await confirmNow();
  expect(await result()).toMatchObject({ error: { type: 'validation_error', code: 'incomplete_number' } });

  await fillCard('4000000000009995');
  await page.evaluate("document.querySelector('#result').textContent = ''");
  await page.evaluate('void confirmNow()');
  expect(await result()).toMatchObject({
    error: { type: 'card_error', decline_code: 'insufficient_funds', payment_intent: { id: intent.id } },
  });
});

test('The bank’s question is shown in the page, and its answer ends the call', async () => {
  const intent = await newIntent();
  await visit(
    mountPayment(intent.client_secret, `stripe.confirmPayment({ elements, redirect: 'if_required' })`),
  );
  await page.waitForFunction("document.title === 'Ready'");
  await fillCard('4000002500003155');
  await page.evaluate('void confirmNow()');
  await page
    .frameLocator('iframe[title="3-D Secure authentication"]')
    .getByRole('button', { name: 'Complete authentication' })
    .click();
  expect(await result()).toMatchObject({ paymentIntent: { id: intent.id, status: 'succeeded' } });
});

test('A failed authentication is an error of `confirmCardPayment` with the card element', async () => {
  const intent = await newIntent();
  await visit(`const elements = stripe.elements();
    const card = elements.create('card');
    card.on('ready', () => { document.title = 'Ready'; });
    card.mount('#card');
    window.confirmNow = async () => say(await stripe.confirmCardPayment('${intent.client_secret}', { payment_method: { card, billing_details: { name: 'Ann' } } }));`);
  await page.waitForFunction("document.title === 'Ready'");
  const card = page.frameLocator('iframe[title="Secure card payment input frame"]');
  await card.locator('[name=cardnumber]').fill('4000000000003220');
  await card.locator('[name=exp-date]').fill('12/40');
  await card.locator('[name=cvc]').fill('123');
  await page.evaluate('void confirmNow()');
  await page
    .frameLocator('iframe[title="3-D Secure authentication"]')
    .getByRole('button', { name: 'Fail authentication' })
    .click();
  expect(await result()).toMatchObject({ error: { code: 'payment_intent_authentication_failure' } });
});

test('`confirmSetup` saves the card for the customer', async () => {
  const customer = await stripe.customers.create({ email: 'ann@example.com' });
  const intent = await stripe.setupIntents.create({ customer: customer.id });
  await visit(
    mountPayment(intent.client_secret, `stripe.confirmSetup({ elements, redirect: 'if_required' })`),
  );
  await page.waitForFunction("document.title === 'Ready'");
  await fillCard('5555555555554444');
  await page.evaluate('void confirmNow()');
  expect(await result()).toMatchObject({ setupIntent: { status: 'succeeded' } });
  const [saved] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  expect(saved?.card?.last4).toBe('4444');
});

test('The payment element pays with a bank account, and the payment is processing', async () => {
  const intent = await newIntent();
  await visit(
    mountPayment(intent.client_secret, `stripe.confirmPayment({ elements, redirect: 'if_required' })`),
  );
  await page.waitForFunction("document.title === 'Ready'");
  await fields().getByLabel('US bank account').check();
  for (const [label, value] of [
    ['Full name', 'Ann'],
    ['Email', 'ann@example.com'],
    ['Routing number', '110000000'],
    ['Account number', '000123456789'],
  ] as const)
    await fields().getByLabel(label).fill(value);
  await page.evaluate('void confirmNow()');
  expect(await result()).toMatchObject({ paymentIntent: { status: 'processing' } });
});

test('A subscription that waits for its first payment is paid on the page', async () => {
  const customer = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
    expand: ['latest_invoice.confirmation_secret'],
  });
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  const secret = invoice.confirmation_secret?.client_secret ?? '';
  await visit(mountPayment(secret, `stripe.confirmPayment({ elements, redirect: 'if_required' })`));
  await page.waitForFunction("document.title === 'Ready'");
  await fillCard('4242424242424242');
  await page.evaluate('void confirmNow()');
  expect(await result()).toMatchObject({ paymentIntent: { status: 'succeeded' } });
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
});

test('A confirmation token pays on the server', async () => {
  await visit(`const elements = stripe.elements({ mode: 'payment', amount: 2000, currency: 'gbp' });
    const payment = elements.create('payment');
    payment.on('ready', () => { document.title = 'Ready'; });
    payment.mount('#payment');
    window.confirmNow = async () => { await elements.submit(); say(await stripe.createConfirmationToken({ elements })); };`);
  await page.waitForFunction("document.title === 'Ready'");
  await fillCard('4242424242424242');
  await page.evaluate('void confirmNow()');
  const { confirmationToken } = (await result()) as { confirmationToken: { id: string } };
  const paid = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'gbp',
    confirm: true,
    confirmation_token: confirmationToken.id,
  });
  expect(paid.status).toBe('succeeded');
});

test('Embedded Checkout completes in its frame and returns to the shop', async () => {
  const price = await createMonthlyPrice(stripe);
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    ui_mode: 'embedded_page',
    line_items: [{ price: price.id, quantity: 1 }],
    customer_email: 'ann@example.com',
    return_url: `${shopUrl()}/return?session={CHECKOUT_SESSION_ID}`,
  });
  await visit(
    `stripe.initEmbeddedCheckout({ clientSecret: '${session.client_secret}' }).then((checkout) => checkout.mount('#payment'));`,
  );
  await page
    .frameLocator('iframe[title="Secure payment page"]')
    .getByRole('button', { name: 'Subscribe' })
    .click();
  await page.waitForURL(`**/return?session=${session.id}`);
  const { subscription, status } = await stripe.checkout.sessions.retrieve(session.id);
  expect(status).toBe('complete');
  expect((await stripe.subscriptions.retrieve(idOf(subscription))).status).toBe('active');
});
