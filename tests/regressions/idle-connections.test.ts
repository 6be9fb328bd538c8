/** The first request after a pause, when every connection that the function kept has died. */
import { request as send } from 'node:http';
import { expect, it } from 'vitest';
import { buyersOn } from '../support/buyers.ts';
import { openDroppingServer } from '../support/dropping-server.ts';
import { openScene } from './scene.ts';

it('A checkout after a pause answers 200, although all kept connections to Stripe have died', async () => {
  let target = '';
  const front = await openDroppingServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    const headers = { ...incoming.headers, host: new URL(target).host };
    const onward = send(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  const scene = await openScene({ env: { STRIPE_API_BASE: front.url } });
  target = scene.stage.stripeUrl;
  await scene.stage.stripe.prices.update(scene.prices.monthly, { lookup_key: 'pro_monthly' });
  const buyers = buyersOn(scene.stage);
  const buyer = await buyers.user();
  const open = async () => (await buyers.checkout(buyer)).statusCode;
  await open();
  const first = await open();
  const kept = front.open();
  front.dropAll();
  const second = await open();
  const { stage } = scene;
  const failures = stage.logs.filter(({ metric }) => metric === 'request_failed');
  await Promise.all([stage.close(), front.close()]);
  expect([first, second]).toEqual([200, 200]);
  expect(failures).toEqual([]);
  // More than the attempts of one call.
  expect(kept).toBeGreaterThanOrEqual(3);
  expect(front.broken()).toBeGreaterThanOrEqual(1);
});
