/** Tests of payment links: each visit opens a Checkout session. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function link(params: Partial<Stripe.PaymentLinkCreateParams> = {}) {
  const { id } = await createMonthlyPrice(stripe);
  return stripe.paymentLinks.create({ line_items: [{ price: id, quantity: 1 }], ...params });
}

const visit = (url: string) => fetch(url, { redirect: 'manual' });

test('A visit opens a session that pays for what the link offers', async () => {
  const { id, url } = await link({ metadata: { campaign: 'spring' } });
  const first = await visit(url);
  expect(first.status).toBe(303);
  const page = first.headers.get('location') ?? '';
  expect((await visit(url)).headers.get('location')).not.toBe(page);
  const paid = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ card: '4242424242424242', email: 'ann@example.com' }),
  });
  expect(paid.status).toBe(303);
  const { data } = await stripe.checkout.sessions.list({ payment_link: id, status: 'complete' });
  expect(data[0]).toMatchObject({ payment_link: id, amount_total: 1500, metadata: { campaign: 'spring' } });
  expect(idOf(data[0]?.subscription)).toMatch(/^sub_/);
});

test('An inactive link says so, and an unknown one is not found', async () => {
  const { id, url } = await link();
  const updated = await stripe.paymentLinks.update(id, { active: false, inactive_message: 'Sold out.' });
  expect(updated.active).toBe(false);
  expect(await (await visit(url)).text()).toContain('Sold out.');
  expect((await visit(`${url}x`)).status).toBe(404);
  expect((await rig.types()).filter((type) => type.startsWith('payment_link.')).slice(-2)).toEqual([
    'payment_link.created',
    'payment_link.updated',
  ]);
});

test('The lines of a link can be listed', async () => {
  const { id } = await link();
  const { data } = await stripe.paymentLinks.listLineItems(id);
  expect(data[0]).toMatchObject({ quantity: 1, amount_total: 1500 });
});
