/** Tests of disputes: how test cards open them, and how evidence decides them. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
});
afterAll(() => rig.close());

async function disputed(card: string): Promise<Stripe.Dispute> {
  const { id } = await stripe.paymentIntents.create({
    amount: 4200,
    currency: 'usd',
    payment_method: card,
    confirm: true,
  });
  const [dispute] = (await stripe.disputes.list({ payment_intent: id })).data;
  if (dispute === undefined) throw new Error('There is no dispute.');
  return dispute;
}

const answer = (id: string, text: string) =>
  stripe.disputes.update(id, { evidence: { uncategorized_text: text, customer_name: 'Ann' } });
const decide = () => rig.control('/clock/advance', { seconds: 60 });

test('A disputed card withdraws the amount and the fee', async () => {
  const dispute = await disputed('pm_card_createDispute');
  expect(dispute).toMatchObject({
    status: 'needs_response',
    reason: 'fraudulent',
    is_charge_refundable: false,
    balance_transactions: [{ amount: -4200, fee: 1500, net: -5700, type: 'adjustment' }],
    payment_method_details: { card: { case_type: 'chargeback', network_reason_code: '10.4' } },
  });
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['charge.dispute.created', 'charge.dispute.funds_withdrawn']),
  );
});

test('Winning evidence returns the funds', async () => {
  const { id } = await disputed('pm_card_createDisputeProductNotReceived');
  const review = await answer(id, 'winning_evidence');
  expect(review).toMatchObject({
    status: 'under_review',
    evidence: { customer_name: 'Ann' },
    evidence_details: { has_evidence: true, submission_count: 1 },
  });
  await decide();
  const won = await stripe.disputes.retrieve(id);
  expect(won.status).toBe('won');
  expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-4200, 4200]);
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['charge.dispute.closed', 'charge.dispute.funds_reinstated']),
  );
  await expect(answer(id, 'more')).rejects.toMatchObject({ statusCode: 400 });
});

test('Losing evidence loses the dispute, and the charge cannot be refunded', async () => {
  const { id, charge } = await disputed('pm_card_createDispute');
  await answer(id, 'losing_evidence');
  await decide();
  expect((await stripe.disputes.retrieve(id)).status).toBe('lost');
  await expect(stripe.refunds.create({ charge: charge as string })).rejects.toMatchObject({
    code: 'charge_disputed',
  });
});

test('Evidence that is only saved decides nothing', async () => {
  const { id } = await disputed('pm_card_createDispute');
  const saved = await stripe.disputes.update(id, {
    evidence: { uncategorized_text: 'winning_evidence' },
    submit: false,
  });
  await decide();
  expect(saved.evidence_details.submission_count).toBe(0);
  expect((await stripe.disputes.retrieve(id)).status).toBe('needs_response');
});

test('An inquiry withdraws nothing, is closed with its answer, and becomes a dispute when it escalates', async () => {
  const inquiry = await disputed('pm_card_createDisputeInquiry');
  expect(inquiry).toMatchObject({
    status: 'warning_needs_response',
    balance_transactions: [],
    is_charge_refundable: true,
  });
  await answer(inquiry.id, 'winning_evidence');
  await decide();
  expect((await stripe.disputes.retrieve(inquiry.id)).status).toBe('warning_closed');

  const other = await disputed('pm_card_createDisputeInquiry');
  await answer(other.id, 'escalate_inquiry_evidence');
  await decide();
  expect(await stripe.disputes.retrieve(other.id)).toMatchObject({
    status: 'needs_response',
    balance_transactions: [{ amount: -4200 }],
  });
});

test('A dispute that is closed by the business is lost', async () => {
  const { id } = await disputed('pm_card_createDispute');
  expect((await stripe.disputes.close(id)).status).toBe('lost');
});

test('A debit that the customer disputes succeeds first', async () => {
  const { id } = await stripe.paymentIntents.create({
    amount: 4200,
    currency: 'usd',
    payment_method: 'pm_usBankAccount_dispute',
    confirm: true,
  });
  await decide();
  expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
  expect((await stripe.disputes.list({ payment_intent: id })).data).toHaveLength(1);
});
