/** The balance of a customer, and the transactions that explain it. */
import type { BalanceTransactionType, CustomerBalanceTransaction } from '../model/balance.ts';
import type { Metadata } from '../model/common.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { checkCurrency } from './customer-currency.ts';

export interface BalanceChange {
  /** Negative for a credit to the customer. */
  readonly amount: number;
  readonly currency: string;
  readonly type: BalanceTransactionType;
  readonly invoice?: string;
  readonly creditNote?: string;
  readonly description?: string | null;
  readonly metadata?: Metadata;
}

/** Changes the balance. A change of nothing is no transaction. */
export function changeBalance(
  world: World,
  customer: string,
  input: BalanceChange,
): CustomerBalanceTransaction | undefined {
  const row = world.store.customers.get(customer);
  if (row === undefined || input.amount === 0) return undefined;
  const balance = row.balance + input.amount;
  const transaction = world.store.balanceTransactions.put({
    id: world.ids.next('cbtxn_'),
    object: 'customer_balance_transaction',
    amount: input.amount,
    checkout_session: null,
    created: world.seconds(),
    credit_note: input.creditNote ?? null,
    currency: input.currency,
    customer,
    customer_account: null,
    description: input.description ?? null,
    ending_balance: balance,
    invoice: input.invoice ?? null,
    livemode: false,
    metadata: input.metadata ?? {},
    type: input.type,
  });
  const currency = row.currency ?? input.currency;
  change(world, world.store.customers, {
    id: customer,
    patch: { balance, currency },
    event: 'customer.updated',
  });
  return transaction;
}

export function createBalanceTransaction(
  world: World,
  { id, params }: ApiRequest,
): CustomerBalanceTransaction {
  if (world.store.customers.get(id) === undefined) throw notFound('customer', id);
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  const currency = params.required('currency').toLowerCase();
  checkCurrency(world, id, currency);
  const transaction = changeBalance(world, id, {
    amount,
    currency,
    type: 'adjustment',
    description: params.string('description') ?? null,
    metadata: mergeMetadata({}, params),
  });
  if (transaction !== undefined) return transaction;
  throw invalidRequest({ message: 'The amount must not be 0.', param: 'amount' });
}

export function getBalanceTransaction(world: World, { id, subId }: ApiRequest): CustomerBalanceTransaction {
  const found = world.store.balanceTransactions.get(subId);
  if (found?.customer !== id) throw notFound('customer balance transaction', subId);
  return found;
}

export function updateBalanceTransaction(world: World, request: ApiRequest): CustomerBalanceTransaction {
  const current = getBalanceTransaction(world, request);
  const description = request.params.nullable('description');
  return change(world, world.store.balanceTransactions, {
    id: current.id,
    patch: {
      metadata: mergeMetadata(current.metadata, request.params),
      ...(description === undefined ? {} : { description }),
    },
  });
}
