/** Refunds that Stripe refuses, that fail, or that are interrupted: the account is deleted all the same, and nothing twice. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { createLeaverScene, type Leaver, type LeaverScene } from '../../tests/support/leavers.ts';
import { type Refusals, refusalsOf } from '../../tests/support/refusals.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let scene: LeaverScene;
let yearly: string;
let refusals: Refusals;
beforeAll(async () => {
  scene = await createLeaverScene('full_within_days:14');
  yearly = await scene.price();
  refusals = refusalsOf(scene.stage);
});
afterAll(() => scene.stage.close());
afterEach(async () => {
  scene.stage.calm();
  await refusals.calm();
});

async function payer(card?: string): Promise<Leaver> {
  const who = await scene.leaver(card);
  await scene.subscribe(who, yearly);
  return who;
}

const refundsIn = (body: Readonly<Record<string, unknown>>) => (body['refunds'] as readonly unknown[])[0];
const deleted = { success: true };
const isGone = async ({ customerId }: Leaver) =>
  (await scene.stage.stripe.customers.retrieve(customerId)).deleted === true;

describe('A refund that Stripe refuses permanently', () => {
  it.each([
    [400, 'charge_disputed', 'disputed', 0],
    [400, 'charge_already_refunded', 'returned', 0],
    [400, 'charge_not_refundable', 'refused', 12_000],
    [402, 'balance_insufficient', 'refused', 12_000],
  ])('does not keep the account from being deleted: %i %s', async (status, code, reason, unrefunded) => {
    const who = await payer();
    await refusals.refuse('POST /v1/refunds', { status, code, message: 'No.' });
    const { statusCode, body } = await scene.remove(who);
    expect([statusCode, body, await isGone(who)]).toMatchObject([200, deleted, true]);
    expect(refundsIn(body)).toMatchObject({ amount: 0, status: 'none', unrefunded, reason });
    const alarms = scene.stage.logs.filter(
      (line) => line['metric'] === 'deletion_refund_failed' && line['user_id'] === who.sub,
    );
    expect(alarms).toHaveLength(unrefunded > 0 ? 1 : 0);
  });

  it('because the key lacks the permission waits for an operator, and is then made once', async () => {
    const who = await payer();
    await refusals.refuse('POST /v1/refunds', { status: 403, message: 'No.' });
    expect(await scene.remove(who)).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', details: { stripe: false, cognito: false } },
    });
    const { data } = await scene.stage.stripe.subscriptions.list({ customer: who.customerId, status: 'all' });
    expect([data.map(({ status }) => status), await isGone(who)]).toEqual([['canceled'], false]);
    await refusals.calm();
    expect(refundsIn((await scene.remove(who)).body)).toMatchObject({ amount: 12_000, status: 'refunded' });
    expect(await scene.refundsOf(who)).toHaveLength(1);
  });
});

describe('A refund that fails', () => {
  it('while the deletion is interrupted is reported, and not made again', async () => {
    const who = await payer();
    const isDeletion = ({ name }: { readonly name: string }) => name.startsWith('DELETE /v1/customers/');
    scene.stage.wires.stripe.fail((call) => (isDeletion(call) ? 'server_error' : undefined));
    expect(await scene.remove(who)).toMatchObject({ statusCode: 503 });
    const [refund] = await scene.refundsOf(who);
    await scene.control(`/refunds/${refund?.id}/settle`, { status: 'failed' });
    scene.stage.calm();
    const { body } = await scene.remove(who);
    expect(refundsIn(body)).toMatchObject({ amount: 0, unrefunded: 12_000, reason: 'refused' });
    expect([(await scene.refundsOf(who)).length, await isGone(who)]).toEqual([1, true]);
  });

  it('or is pending has a status of its own in the answer', async () => {
    const who = await payer('pm_card_pendingRefund');
    expect(refundsIn((await scene.remove(who)).body)).toMatchObject({
      amount: 12_000,
      status: 'pending',
      reason: null,
    });
  });

  it('after the deletion raises the alarm, by its own event alone', async () => {
    const who = await payer();
    await scene.remove(who);
    const [refund] = await scene.refundsOf(who);
    const alarms = () =>
      scene.stage.logs.filter(
        (line) => line['metric'] === 'deletion_refund_failed' && line['refund_id'] === refund?.id,
      ).length;
    for (const type of ['refund.updated', 'refund.failed']) {
      await scene.control(`/refunds/${refund?.id}/settle`, { status: 'failed' });
      const event = stripeEvent(type, { ...refund, status: 'failed' });
      expect((await scene.stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
      expect(alarms()).toBe(type === 'refund.failed' ? 1 : 0);
    }
  });
});

describe('A refund that is interrupted', () => {
  it.each(['server_error', 'reset_before', 'reset_after'] as const)(
    'is made once, as soon as the deletion is repeated: %s',
    async (fault) => {
      const who = await payer();
      scene.stage.wires.stripe.fail(({ name }) => (name === 'POST /v1/refunds' ? fault : undefined));
      expect(await scene.remove(who)).toMatchObject({
        statusCode: 503,
        body: { code: 'deletion_incomplete' },
      });
      scene.stage.calm();
      const answers = await Promise.all([scene.remove(who), scene.remove(who)]);
      expect(answers.map(({ statusCode }) => statusCode)).toContain(200);
      expect((await scene.refundsOf(who)).map(({ amount }) => amount)).toEqual([12_000]);
      expect(await isGone(who)).toBe(true);
    },
  );

  it('is made by reconcile, as it was promised at the request, and counted up to it', async () => {
    const who = await payer();
    scene.stage.wires.stripe.fail(({ name }) => (name === 'POST /v1/refunds' ? 'server_error' : undefined));
    await scene.remove(who);
    scene.stage.calm();
    const promised = String((await scene.stage.profile(who.sub))?.['predixaDeletionRefund']);
    expect(promised).toMatch(/^full_within_days:14 \d+$/);
    const { report } = (await scene.stage.invoke('reconcile', {})) as RunResult;
    expect(report.outcomes.failed).toBe(0);
    const [refund, ...others] = await scene.refundsOf(who);
    expect([refund?.amount, others]).toEqual([12_000, []]);
    expect(promised.endsWith(String(refund?.metadata?.['predixa_deletion']))).toBe(true);
    expect(await isGone(who)).toBe(true);
  });
});

describe('A deletion without a policy', () => {
  it('reads and refunds nothing', async () => {
    const who = await payer();
    await scene.stage.putProfile({
      userId: who.sub,
      stripeCustomerId: who.customerId,
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
      predixaDeletionRefund: 'none 1767225600',
    });
    scene.stage.calm();
    expect((await scene.remove(who)).body).toMatchObject({
      refund_policy: 'none',
      refunds: [],
      refunds_known: true,
    });
    const paths = scene.stage.wires.stripe.names().map((name) => name.replace(/cus_\w+/, ':id'));
    expect(paths).toEqual([
      'GET /v1/customers/:id',
      'GET /v1/checkout/sessions',
      'GET /v1/invoices',
      'DELETE /v1/customers/:id',
      'GET /v1/customers/search',
    ]);
  });
});
