/** A deletion that refunds, with a fault at each of its calls: the refund is made once, and before nothing can make it any more. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, idOf } from '../support/buyers.ts';
import { faultCaseTable } from './fault-cases.ts';
import { type FaultMatrix, runFaultMatrix, type Scenario } from './fault-matrix.ts';
import { createRig, type Rig } from './rig.ts';

const AMOUNT = 12_000;

let rig: Rig;
let price: string;
let matrix: FaultMatrix;
beforeAll(async () => {
  rig = await createRig({ env: { DELETION_REFUND: 'full_within_days:14' } });
  const { stripe } = rig.stage;
  const product = await stripe.products.create({ name: 'Pro' });
  const recurring = { interval: 'year' } as const;
  const yearly = { product: product.id, currency: 'eur', unit_amount: AMOUNT, recurring };
  price = (await stripe.prices.create(yearly)).id;
  ({ deletion: matrix } = await runFaultMatrix(rig, { deletion }));
});
afterAll(() => rig.close());

interface Account {
  readonly sub: string;
  readonly username: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly chargeId: string;
}

async function payer(): Promise<Account> {
  const { stripe, poolId } = rig.stage;
  const { sub, username } = await buyersOn(rig.stage).user();
  const metadata = { cognito_sub: sub, cognito_user_pool: poolId };
  const { id: customerId } = await stripe.customers.create({ metadata });
  const { id: method } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customerId });
  const terms = { customer: customerId, items: [{ price }], default_payment_method: method };
  const bought = await stripe.subscriptions.create(terms);
  const [charge] = (await stripe.charges.list({ customer: customerId })).data;
  await rig.stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  const row = { cognito_sub: sub, status: 'active', stripe_customer_ids: [customerId], version: 1 };
  await rig.stage.putEntitlement(row);
  const ids = {
    subscriptionId: bought.id,
    invoiceId: idOf(bought.latest_invoice),
    chargeId: charge?.id ?? '',
  };
  return { sub, username, customerId, ...ids };
}

async function refundedOf({ chargeId }: Account): Promise<number> {
  const { data } = await rig.stage.stripe.refunds.list({ charge: chargeId });
  return data.reduce((sum, { amount }) => sum + amount, 0);
}

async function isGone({ customerId }: Account): Promise<boolean> {
  return (await rig.stage.stripe.customers.retrieve(customerId)).deleted === true;
}

const deletion: Scenario<Account> = {
  name: 'delete-user',
  prepare: payer,
  marks: (account) => Object.values(account),
  event: ({ sub, username }) => {
    const claims = { sub, 'cognito:username': username };
    return apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
  },
  async problemsAfterAttempt(account) {
    const [refunded, gone] = await Promise.all([refundedOf(account), isGone(account)]);
    return [
      ...(refunded === 0 || refunded === AMOUNT ? [] : [`${refunded} is refunded`]),
      ...(gone && refunded === 0 ? ['the customer is deleted without the refund'] : []),
    ];
  },
  async problemsAfterRetry(account, made) {
    const status = made.ok ? (made.payload as { statusCode: number }).statusCode : 0;
    const refunded = await refundedOf(account);
    return [
      ...(status === 200 ? [] : [`answered ${JSON.stringify(made)}`]),
      ...(refunded === AMOUNT ? [] : [`${refunded} is refunded`]),
      ...((await isGone(account)) ? [] : ['the customer still exists']),
    ];
  },
};

describe('A deletion that refunds a paid period refunds it once, before the customer is deleted,', () => {
  it('without faults, in a run of at least 14 calls that can all fail', () => {
    expect(matrix).toMatchObject({ unmarked: 0, problems: [] });
    expect(matrix.steps.length).toBeGreaterThanOrEqual(14);
  });

  it.for(faultCaseTable)('when any of its calls %s', { timeout: 60_000 }, async ([, faultCase], { skip }) => {
    if (!matrix.tries(faultCase)) skip();
    expect(await matrix.problemsUnder(faultCase)).toEqual([]);
  });
});
