/** A change of the plan that waits for its payment ends with the account: no one can pay for it later. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLeaverScene, type Leaver, type LeaverScene } from '../../tests/support/leavers.ts';
import { everyOf } from '../../tests/support/wire.ts';

let scene: LeaverScene;

beforeAll(async () => {
  scene = await createLeaverScene('none');
});
afterAll(() => scene.stage.close());
beforeEach(() => scene.stage.calm());

/** A user whose upgrade the bank asks to confirm. */
async function waiting(): Promise<{ readonly who: Leaver; readonly invoice: string; readonly page: string }> {
  const { stripe } = scene.stage;
  const who = await scene.leaver();
  const { id, items } = await scene.subscribe(who, await scene.price());
  const card = await stripe.paymentMethods.attach('pm_card_authenticationRequired', {
    customer: who.customerId,
  });
  await stripe.subscriptions.update(id, { default_payment_method: card.id });
  const { latest_invoice: invoice } = await stripe.subscriptions.update(id, {
    items: [{ id: items.data[0]?.id ?? '', quantity: 2 }],
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
    expand: ['latest_invoice'],
  });
  if (invoice === null || typeof invoice === 'string') throw new Error('The change has no invoice.');
  return { who, invoice: invoice.id ?? '', page: invoice.hosted_invoice_url ?? '' };
}

describe('The deletion of a user whose change waits for its payment', () => {
  it('voids the invoice, so that its page takes no money', async () => {
    const { who, invoice, page } = await waiting();
    expect(await scene.remove(who)).toMatchObject({ statusCode: 200 });
    const body = new URLSearchParams({ method: 'new', card: '4242424242424242' });
    await fetch(`${page}/pay`, { method: 'POST', body, redirect: 'manual' });
    expect(await scene.stage.stripe.invoices.retrieve(invoice)).toMatchObject({
      status: 'void',
      amount_paid: 0,
    });
  });

  it('completes if the key may not write invoices', async () => {
    const { who, invoice } = await waiting();
    const { stripe } = scene.stage.wires;
    stripe.fail(everyOf(`POST /v1/invoices/${invoice}/void`, 'forbidden'));
    expect(await scene.remove(who)).toMatchObject({ statusCode: 200 });
  });

  it('is repeated if Stripe does not answer, and keeps the login until then', async () => {
    const { who, invoice } = await waiting();
    const { stripe } = scene.stage.wires;
    stripe.fail(everyOf(`POST /v1/invoices/${invoice}/void`, 'server_error'));
    expect(await scene.remove(who)).toMatchObject({ statusCode: 503 });
    stripe.stopFailing();
    expect(await scene.remove(who)).toMatchObject({ statusCode: 200 });
    expect((await scene.stage.stripe.invoices.retrieve(invoice)).status).toBe('void');
  });
});
