/** Balance transactions: every payment, refund, dispute and payout moves the balance of the account. */
import type { BalanceTransaction } from '../model/funds.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface Movement {
  readonly type: BalanceTransaction['type'];
  /** Negative when it leaves the balance. */
  readonly amount: number;
  readonly currency: string;
  readonly source: string;
  readonly description: string | null;
  readonly fee?: number;
  /** Whether the funds are available at once, instead of after some days. */
  readonly isAvailable?: boolean;
}

const SETTLEMENT_SECONDS = 2 * 24 * 3600;
const FEE_RATE = 0.029;
const FIXED_FEE = 30;

/** Returns Stripe's fee for a payment. Other movements have none of their own. */
export function feeOf({ type, amount, fee }: Pick<Movement, 'amount' | 'fee' | 'type'>): number {
  if (fee !== undefined) return fee;
  if (type !== 'charge' && type !== 'payment') return 0;
  return Math.min(amount, Math.round(amount * FEE_RATE) + FIXED_FEE);
}

const reportingCategories: Readonly<Record<BalanceTransaction['type'], string>> = {
  adjustment: 'dispute',
  charge: 'charge',
  payment: 'charge',
  payout: 'payout',
  payout_failure: 'payout_reversal',
  refund: 'refund',
  refund_failure: 'refund_failure',
  transfer: 'transfer',
};

export function recordTransaction(world: World, movement: Movement): BalanceTransaction {
  const { type, amount, currency, source, description } = movement;
  const now = world.seconds();
  const fee = feeOf(movement);
  const isAvailable = movement.isAvailable ?? amount < 0;
  const row = world.store.accountTransactions.put({
    id: world.ids.next('txn_'),
    object: 'balance_transaction',
    amount,
    available_on: isAvailable ? now : now + SETTLEMENT_SECONDS,
    balance_type: 'payments',
    created: now,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: amount - fee,
    reporting_category: reportingCategories[type],
    source,
    status: isAvailable ? 'available' : 'pending',
    type,
  });
  if (isAvailable && amount > 0) emit(world, 'balance.available', { object: balanceOf(world) });
  return row;
}

/** Returns the transaction as it is now: pending funds become available as time passes. */
export function asOfNow(world: World, row: BalanceTransaction): BalanceTransaction {
  return row.available_on <= world.seconds() ? { ...row, status: 'available' } : row;
}

interface Amount {
  readonly amount: number;
  readonly currency: string;
  readonly source_types: { readonly card: number };
}

export interface Balance {
  readonly object: 'balance';
  readonly available: readonly Amount[];
  readonly livemode: false;
  readonly pending: readonly Amount[];
}

export function balanceOf(world: World): Balance {
  const rows = world.store.accountTransactions.oldestFirst().map((row) => asOfNow(world, row));
  const currencies = [...new Set(['usd', ...rows.map(({ currency }) => currency)])];
  const amounts = (status: BalanceTransaction['status']) =>
    currencies.map((currency): Amount => {
      const amount = rows
        .filter((row) => row.status === status && row.currency === currency)
        .reduce((sum, { net }) => sum + net, 0);
      return { amount, currency, source_types: { card: amount } };
    });
  return { object: 'balance', available: amounts('available'), livemode: false, pending: amounts('pending') };
}

export function availableIn(world: World, currency: string): number {
  return balanceOf(world).available.find((one) => one.currency === currency)?.amount ?? 0;
}
