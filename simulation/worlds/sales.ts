/** What Stripe's Checkout has sold once in memory: payments that are made at once or days later, refunds and disputes. */
import type { Sale as BilledSale, OrphanBilling } from '../../core/billing/billing.ts';
import type { OneTimePurchase, OneTimeReader } from '../../core/purchase/purchase.ts';
import type { SoldCustomers } from '../../core/purchase/sale-record.ts';
import type { Network } from '../engine/invocation.ts';
import { emit } from './events.ts';
import type { Sale, StripeWorld } from './stripe.ts';

function oneTimeReaderOf(world: StripeWorld, network: Network): OneTimeReader {
  return {
    listPurchases: (customerId) =>
      network.call('stripe', 'list purchases', () => {
        const customer = world.customers.get(customerId);
        if (customer?.deletedMs !== null) return 'missing';
        const purchases = [...world.sales.values()].filter((sale) => sale.customerId === customerId);
        const owner = purchases.length === 0 ? null : { sub: customer.sub, poolId: customer.poolId };
        return { purchases: purchases.flatMap(purchaseOf).reverse(), owner };
      }),
    readPurchase: (sessionId) =>
      network.call('stripe', 'read purchase', () => {
        const sale = world.sales.get(sessionId);
        const [purchase] = sale === undefined ? [] : purchaseOf(sale);
        if (sale === undefined || purchase === undefined) return 'missing';
        const customer = world.customers.get(sale.customerId);
        return { purchase, isOfDeleted: typeof customer?.deletedMs === 'number' };
      }),
  };
}

function purchaseOf(sale: Sale): readonly OneTimePurchase[] {
  if (sale.isFailed) return [];
  const { sessionId, terms, chargedMs, paidMs, reversal, sub, poolId } = sale;
  return [
    {
      ...terms,
      sessionId,
      state: paidMs === null ? 'pending' : 'paid',
      chargedAt: Math.floor(chargedMs / 1000),
      isExact: chargedMs === paidMs,
      reversal,
      stamp: { sub, poolId },
    },
  ];
}

/** Saves the sale, and reports what has happened to it. The event of a charge names the customer and no user. */
export function putSale(world: StripeWorld, sale: Sale, type: string): void {
  world.sales.set(sale.sessionId, sale);
  const { sessionId, customerId, sub } = sale;
  const isOfSession = type.startsWith('checkout.session.');
  const completes =
    type === 'checkout.session.completed' || type === 'checkout.session.async_payment_succeeded';
  emit(world, type, {
    customerId,
    sub: isOfSession ? sub : null,
    isOfPurchase: isOfSession,
    checkout: completes ? { sessionId, subscriptionId: null } : null,
  });
}

type SaleCalls = OneTimeReader &
  SoldCustomers &
  Pick<OrphanBilling, 'readSale' | 'refundSale' | 'customerDeletedAt'>;

/** The calls about what was sold once. */
export function saleCallsOf(world: StripeWorld, network: Network): SaleCalls {
  return {
    ...oneTimeReaderOf(world, network),
    noteSoldOnce: (id) =>
      network.call('stripe', 'note sale in customer', () => {
        const customer = world.customers.get(id);
        if (customer?.deletedMs !== null) return 'missing';
        world.customers.set(id, { ...customer, soldOnce: true });
        return 'noted';
      }),
    readSale: (sessionId) => network.call('stripe', 'read sale', () => saleIn(world, sessionId)),
    customerDeletedAt: (id) =>
      network.call('stripe', 'list deletions', () => {
        const deletedMs = world.customers.get(id)?.deletedMs ?? null;
        return deletedMs === null ? null : Math.floor(deletedMs / 1000);
      }),
    refundSale: (sessionId) => network.call('stripe', 'refund sale', () => refundSale(world, sessionId)),
  };
}

/** What the gate reads of a sale, whose user may be deleted. */
function saleIn(world: StripeWorld, sessionId: string): BilledSale | 'missing' {
  const sale = world.sales.get(sessionId);
  if (sale === undefined) return 'missing';
  const { customerId, sub, poolId, chargedMs, paidMs, reversal } = sale;
  return {
    customerId,
    stamp: { sub, poolId },
    chargedAt: paidMs === null ? null : Math.floor(chargedMs / 1000),
    refundable: paidMs !== null && reversal === null,
  };
}

function refundSale(world: StripeWorld, sessionId: string): number {
  const sale = world.sales.get(sessionId);
  if (sale === undefined || sale.paidMs === null || sale.reversal !== null) return 0;
  world.onEnding({ customerId: sale.customerId, subscriptionId: null, sessionId });
  putSale(world, { ...sale, reversal: 'refunded', isRefundedByService: true }, 'charge.refunded');
  return 1;
}
