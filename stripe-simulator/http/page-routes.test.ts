/** Tests of requests that no page expects. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMonthlyPrice, createSubscription, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let paths: Readonly<Record<string, string>>;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
  const subscription = await createSubscription(stripe);
  const customer = idOf(subscription.customer);
  const price = await createMonthlyPrice(stripe);
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://shop.example/',
  });
  const portal = await stripe.billingPortal.sessions.create({ customer });
  const flow = await stripe.billingPortal.sessions.create({
    customer,
    flow_data: { type: 'payment_method_update' },
  });
  paths = {
    checkout: new URL(String(session.url)).pathname,
    portal: new URL(portal.url).pathname,
    flow: new URL(flow.url).pathname,
    invoice: `/i/${idOf(subscription.latest_invoice)}`,
  };
});
afterAll(() => rig.close());

/** Replaces `{portal}` and the like by the path of a page that exists. */
function urlOf(pattern: string): string {
  return (
    rig.simulator.url + pattern.replaceAll(/\{(?<name>\w+)\}/g, (_match, name: string) => paths[name] ?? '')
  );
}

test.each([
  '/?x=1',
  '/dashboard',
  '/dashboard/',
  '/dashboard/constructor',
  '/dashboard/objects/',
  '/dashboard/objects/__proto__',
  '/dashboard/customers?page=-1',
  '/dashboard/customers?page=1e999',
  '/dashboard/events?q=%00%E0%A4%A',
  '/dashboard/search?q=%3Cscript%3E',
  '/assets/',
  '/authenticate/',
  '/authenticate/tdsrc_none',
  '/c/pay',
  '/c/pay/none',
  '/i/',
  '/i/in_none/pdf',
  '/p/session',
  '{checkout}?attempt=tdsrc_none&card=%22%3E%3Cb%3E',
  '{invoice}?attempt=__proto__',
  '{portal}?done=constructor',
  '{portal}/card?subscription=__proto__&attempt=1',
  '{flow}?done=__proto__',
])('A GET of %s is answered without a fault', async (pattern) => {
  const answer = await fetch(urlOf(pattern), { redirect: 'manual' });
  const text = await answer.text();

  expect(answer.status).toBeLessThan(500);
  expect(text).not.toMatch(/<script>|<b>|\n {4}at /);
});

test.each([
  ['/dashboard/constructor', ''],
  ['/dashboard/advance', 'seconds=x'],
  ['/dashboard/advance', '%'],
  ['/dashboard/resend', ''],
  ['/dashboard/advance-clock', 'clock=clock_none&frozen_time=1'],
  ['/dashboard/fault', 'area=api'],
  ['/authenticate/tdsrc_none', 'outcome=complete'],
  ['{checkout}', '%'],
  ['{checkout}', 'card[a]=1'],
  ['{checkout}', 'fill[]=1'],
  ['{invoice}/pay', '%'],
  ['{portal}/constructor', ''],
  ['{portal}/card', 'card[]=1'],
  ['{portal}/card', 'subscription=sub_none&card=4242424242424242'],
  ['{portal}/remove', ''],
  ['{portal}/update', 'subscription=__proto__&price=1'],
  ['{flow}/default', 'method=pm_none'],
])('A POST of %s with %j changes nothing, and says why', async (pattern, body) => {
  const before = await rig.control('');

  const answer = await fetch(urlOf(pattern), {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    redirect: 'manual',
  });
  const text = await answer.text();

  expect(answer.status).toBeLessThan(500);
  expect(text).not.toMatch(/\n {4}at /);
  expect(await rig.control('')).toEqual(before);
});
