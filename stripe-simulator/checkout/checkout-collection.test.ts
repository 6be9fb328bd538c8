/** Tests of what a Checkout page asks for, and of what it writes into the customer. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMonthlyPrice, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let price: string;
let customer: string;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
  rig.clock.seconds = testStart;
  price = (await createMonthlyPrice(stripe, { currency: 'eur', tax_behavior: 'exclusive' })).id;
  customer = (await stripe.customers.create({ email: 'ann@example.com', name: 'Ann' })).id;
});
afterAll(() => rig.close());

const open = (params: Partial<Stripe.Checkout.SessionCreateParams>) =>
  stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    line_items: [{ price, quantity: 1 }],
    success_url: 'https://shop.example/',
    ...params,
  });
const post = (session: Stripe.Checkout.Session, form: Readonly<Record<string, string>>) =>
  fetch(String(session.url), {
    method: 'POST',
    body: new URLSearchParams({ card: '4242424242424242', ...form }),
    redirect: 'manual',
  });
const berlin = { line1: '1 Main St', city: 'Berlin', postal_code: '10115', country: 'DE' };

describe('A Checkout session is refused', () => {
  it.each<readonly [string, object, string]>([
    ['with a language that Stripe does not have', { locale: 'xx' }, 'locale'],
    [
      'with another choice of an address',
      { billing_address_collection: 'never' },
      'billing_address_collection',
    ],
    [
      'without a card in another mode',
      { mode: 'setup', payment_method_collection: 'if_required' },
      'payment_method_collection',
    ],
    [
      'with an update of no customer',
      { customer: undefined, customer_update: { name: 'auto' } },
      'customer_update',
    ],
    ['with a return address that is none', { success_url: 'app' }, 'success_url'],
    ['with a return address that runs code', { success_url: 'javascript://x' }, 'success_url'],
  ])('%s', async (_, params, param) => {
    await expect(open(params)).rejects.toMatchObject({ statusCode: 400, param });
  });

  it('if it asks an existing customer for a tax id and may save neither the name nor the address', async () => {
    const tax_id_collection = { enabled: true };
    await expect(open({ tax_id_collection })).rejects.toThrow('customer_update[name]');
    await expect(open({ tax_id_collection, customer_update: { name: 'auto' } })).rejects.toThrow(
      'customer_update[address]',
    );
    const customer_update = { name: 'auto', address: 'auto' } as const;
    const { tax_id_collection: shown } = await open({ tax_id_collection, customer_update });
    expect(shown).toEqual({ enabled: true, required: 'never' });
  });

  it('if the account has no page for its terms of service, or no origin for its taxes', async () => {
    const consent_collection = { terms_of_service: 'required' } as const;
    expect((await open({ consent_collection })).consent_collection).toMatchObject(consent_collection);
    await rig.control('/account', { terms_of_service_set: false, tax_active: false });
    await expect(open({ consent_collection })).rejects.toMatchObject({
      param: 'consent_collection[terms_of_service]',
    });
    await expect(open({ automatic_tax: { enabled: true } })).rejects.toMatchObject({
      param: 'automatic_tax',
    });
  });
});

describe('A Checkout session', () => {
  it('returns to an app by its own scheme', async () => {
    const session = await open({ success_url: 'shop://done/{CHECKOUT_SESSION_ID}' });
    expect((await post(session, {})).headers.get('location')).toBe(`shop://done/${session.id}`);
  });

  it('writes nothing into the customer by itself, except an email address that is missing', async () => {
    await stripe.customers.update(customer, { email: '' });
    await post(await open({}), { ...berlin, name: 'Other', email: 'new@example.com' });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({
      name: 'Ann',
      address: null,
      email: 'new@example.com',
    });
  });

  it('saves the name and the address where it may, and taxes by that address', async () => {
    const session = await open({
      automatic_tax: { enabled: true },
      customer_update: { address: 'auto', name: 'auto' },
    });
    expect(session).toMatchObject({ automatic_tax: { status: 'requires_location_inputs' } });
    expect(session.total_details?.amount_tax).toBe(0);
    await post(session, { ...berlin, name: 'Ann Ltd' });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ name: 'Ann Ltd', address: berlin });
    const done = await stripe.checkout.sessions.retrieve(session.id);
    const net = done.amount_subtotal ?? 0;
    const tax = Math.round(net * 0.19);
    expect(done).toMatchObject({
      automatic_tax: { status: 'complete' },
      amount_total: net + tax,
      total_details: { amount_tax: tax },
      customer_details: { address: berlin },
    });
    const [invoice] = (await stripe.invoices.list({ customer })).data;
    expect(invoice?.amount_paid).toBe(net + tax);
  });

  it('shows that the terms of service were accepted once it is complete', async () => {
    const session = await open({ consent_collection: { terms_of_service: 'required' } });
    expect(session.consent).toBeNull();
    expect(await (await fetch(String(session.url))).text()).toContain('terms of service');
    await post(session, { terms_of_service: 'yes' });
    const { consent } = await stripe.checkout.sessions.retrieve(session.id);
    expect(consent).toEqual({ promotions: null, terms_of_service: 'accepted' });
  });
});
