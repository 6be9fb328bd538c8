/** Drives the pages of the Stripe simulator in a real browser: as a customer, and as the developer who watches. */
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig } from '../../stripe-simulator/testing/rig.ts';
import { openBrowser } from '../support/browser.ts';

const browser: Browser | undefined = await openBrowser();
const DAY_SECONDS = 24 * 3600;

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe.skipIf(browser === undefined)('The pages of the simulator', () => {
  let rig: Rig;
  let stripe: Stripe;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    rig = await startRig();
    stripe = rig.stripe;
  });
  beforeEach(async () => {
    context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(20_000);
    page = await newPage(context);
  });
  afterEach(async () => {
    await context.close();
    if (problems.length > 0) throw new Error(`The browser complains: ${problems.join('; ')}`);
  });
  afterAll(async () => {
    await browser?.close();
    await rig.close();
  });

  // Opens a page that records what a browser complains about, and what it loads from elsewhere.
  async function newPage(owner: BrowserContext): Promise<Page> {
    const opened = await owner.newPage();
    problems = [];
    opened.on('pageerror', (error) => problems.push(error.message));
    opened.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    opened.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(rig.simulator.url) && !url.startsWith('data:')) problems.push(url);
    });
    return opened;
  }

  async function checkout(params: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<string> {
    const price = await createMonthlyPrice(stripe);
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: `${rig.simulator.url}/?paid`,
      cancel_url: `${rig.simulator.url}/?canceled`,
      ...params,
    });
    return String(session.url);
  }

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();
  const pick = (label: string) => page.getByRole('button', { name: label }).first().click();

  // Buys a subscription with a test card, and returns it.
  async function buy(card = 'Succeeds'): Promise<Stripe.Subscription> {
    await page.goto(await checkout({ customer_email: 'ann@example.com' }));
    await pick(card);
    await press('Subscribe');
    if (card.startsWith('3-D')) await press('Complete authentication');
    await page.waitForURL('**/?paid');
    const [subscription] = (await stripe.subscriptions.list({ limit: 1 })).data;
    return subscription as Stripe.Subscription;
  }

  async function openPortal(subscription: Stripe.Subscription): Promise<void> {
    const customer = idOf(subscription.customer);
    const params = { customer, return_url: `${rig.simulator.url}/?back` };
    await page.goto((await stripe.billingPortal.sessions.create(params)).url);
  }

  const current = ({ id }: Stripe.Subscription) =>
    stripe.subscriptions.retrieve(id, { expand: ['default_payment_method'] });

  // Checks the page on a desktop and on a phone, in light and in dark.
  async function expectGoodPage(name: string): Promise<void> {
    await page.evaluate(axe.source);
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `${name} is too wide at ${width}`).toBeLessThanOrEqual(0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        // What a scheme changes is the contrast; everything else is checked once per width.
        const rules = colorScheme === 'light' ? '{}' : '{ runOnly: ["color-contrast"] }';
        const violations = await page.evaluate<AxeViolation[]>(
          `axe.run(document, ${rules}).then(({ violations }) => violations)`,
        );
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
        );
        expect(found, `${name} at ${width} in ${colorScheme}`).toEqual([]);
      }
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    await page.setViewportSize({ width: 1280, height: 900 });
  }

  it('lets a customer try one card after the other on Checkout, and pay with the last one', async () => {
    await page.goto(await checkout());
    await expectGoodPage('Checkout');
    await page.getByLabel('Email').fill('ann@example.com');
    await page.getByLabel('Name on the card').fill('Ann Able');
    for (const [card, field, problem] of [
      ['Declined', 'card', 'Your card was declined.'],
      ['Insufficient funds', 'card', 'Your card has insufficient funds.'],
      ['Expired card', 'expiry', 'Your card has expired.'],
      ['3-D Secure fails', 'card', 'Your card was declined.'],
    ] as const) {
      await pick(card);
      await press('Subscribe');
      await page.locator(`#${field}[aria-invalid=true]:focus`).waitFor();
      expect(await page.getByRole('alert').textContent()).toBe(problem);
      expect(await page.getByLabel('Email').inputValue()).toBe('ann@example.com');
      expect(await page.getByLabel('Name on the card').inputValue()).toBe('Ann Able');
    }
    await expectGoodPage('Checkout with an error');

    await pick('Succeeds');
    expect(await page.locator('[aria-invalid]').count()).toBe(0);
    await page.getByRole('button', { name: 'Subscribe' }).dblclick();
    await page.waitForURL('**/?paid');
    const { data } = await stripe.customers.list({ email: 'ann@example.com' });
    expect(data).toMatchObject([{ name: 'Ann Able' }]);
    expect((await stripe.subscriptions.list({ customer: data[0]?.id ?? '' })).data).toHaveLength(1);
  });

  it('asks for 3-D Secure, which a customer can fail, repeat and complete', async () => {
    const url = await checkout({ customer_email: 'ann@example.com' });
    await page.goto(url);
    await pick('3-D Secure required');
    await press('Subscribe');
    await page.getByRole('heading', { name: '3-D Secure authentication' }).waitFor();
    await expectGoodPage('3-D Secure');
    await press('Fail authentication');
    await page.getByText('The authentication failed, so nothing was charged.').waitFor();
    expect(await page.getByLabel('Card number').inputValue()).toBe('4000 0000 0000 3220');

    await page.keyboard.press('Enter');
    await press('Complete authentication');
    await page.waitForURL('**/?paid');
    await page.goto(url);
    await page.getByRole('heading', { name: 'Checkout is complete' }).waitFor();
    await expectGoodPage('The completed session');
    await page.getByRole('link', { name: 'Back to the shop' }).click();
    await page.waitForURL('**/?paid');
  });

  it('works without a script', async () => {
    const plain = await (browser as Browser).newContext({ javaScriptEnabled: false });
    const script = await newPage(plain);
    await script.goto(await checkout());
    await script.getByLabel('Email').fill('bob@example.com');
    await script.getByRole('button', { name: 'Declined' }).click();
    expect(await script.getByLabel('Card number').inputValue()).toBe('4000 0000 0000 0002');
    expect(await script.getByLabel('Email').inputValue()).toBe('bob@example.com');
    await script.getByLabel('Card number').fill('4242424242424242');
    await script.getByLabel('Email').press('Enter');
    await script.waitForURL('**/?paid');
    expect((await stripe.customers.list({ email: 'bob@example.com' })).data).toHaveLength(1);
    await plain.close();
  });

  it('lets a customer cancel in the portal, keep the subscription, and change its card and plan', async () => {
    const subscription = await buy();
    await createMonthlyPrice(stripe, { unit_amount: 4900, product_data: { name: 'Team' } });
    await openPortal(subscription);
    await page.getByText('with Visa •••• 4242').waitFor();
    await expectGoodPage('The portal');

    await page.getByText('Cancel subscription').click();
    await press('Cancel at the end of the period');
    await page.getByText('The cancellation is saved.').waitFor();
    await page.getByText('No further payment.').waitFor();
    expect((await current(subscription)).cancel_at).not.toBeNull();
    await press('Don’t cancel');
    await page.getByText('The subscription continues.').waitFor();
    expect((await current(subscription)).cancel_at).toBeNull();

    await page.getByRole('link', { name: 'Change the card of this subscription' }).click();
    await expectGoodPage('The page of a new card');
    await page.getByText('More test cards').click();
    await pick('Succeeds (mastercard)');
    await press('Save card');
    await page.getByText('with Mastercard •••• 4444').waitFor();
    expect(await current(subscription)).toMatchObject({
      default_payment_method: { card: { last4: '4444' } },
    });

    await page.getByText('Change plan').first().click();
    await page.getByLabel('Plan').selectOption({ label: 'Team, $49.00 per month' });
    await press('Change plan');
    await page.getByText('Team, $49.00 per month').first().waitFor();
    await page.getByRole('link', { name: 'Go back' }).click();
    await page.waitForURL('**/?back');
  });

  it('lets a customer pay an open invoice that requires action', async () => {
    const subscription = await buy('3-D Secure required');
    rig.simulator.advance(31 * DAY_SECONDS + 7200);
    await openPortal(subscription);
    await page.getByRole('link', { name: 'Pay invoice' }).click();
    await page.getByText('The bank asks you to authenticate this payment.').waitFor();
    await expectGoodPage('An open invoice');
    await press('Pay $15.00');
    await press('Fail authentication');
    await page.getByText('The authentication failed').waitFor();

    await pick('Insufficient funds');
    expect(await page.getByLabel('Another card').isChecked()).toBe(true);
    await press('Pay $15.00');
    await page.getByText('Your card has insufficient funds.').waitFor();
    await pick('Succeeds');
    await press('Pay $15.00');
    await page.getByText('This invoice is paid.').waitFor();
    await expectGoodPage('A paid invoice');
    expect(await current(subscription)).toMatchObject({
      status: 'active',
      default_payment_method: { card: { last4: '4242' } },
    });
  });

  it('shows a developer the objects, the events and their deliveries', async () => {
    const subscription = await buy();
    await rig.simulator.settled();
    await page.goto(`${rig.simulator.url}/`);
    await expectGoodPage('The dashboard');
    await page.keyboard.press('/');
    await page.keyboard.type(subscription.id);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: subscription.id }).first().click();
    await page.getByText('"object": "subscription"').waitFor();
    await expectGoodPage('An object');

    await page.getByRole('link', { name: 'customer.subscription.created' }).click();
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    await expectGoodPage('An event');
    const received = rig.received.length;
    await press('Resend');
    await page.waitForLoadState();
    await rig.simulator.settled();
    expect(rig.received.length).toBe(received + 1);
    await page.getByRole('link', { name: 'Customers' }).click();
    await expectGoodPage('A list');
    const before = (await rig.control('')) as { now: number };
    await page.getByRole('link', { name: 'Overview' }).click();
    await press('+ 1 day');
    await page.waitForLoadState();
    expect(await rig.control('')).toMatchObject({ now: before.now + DAY_SECONDS });
  });
});
