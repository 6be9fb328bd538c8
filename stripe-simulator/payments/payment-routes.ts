/** The read-only routes of payment intents, charges and setup intents, which invoices and Checkout create. */

import { checkCustomerFilter } from '../customers/customers.ts';
import type { Charge, PaymentIntent } from '../model/payment.ts';
import { type Filters, filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { type SearchIndex, searchRoute } from '../protocol/search-page.ts';
import { notFound } from '../protocol/stripe-error.ts';
import type { Table } from '../store/table.ts';
import type { World } from '../world/world.ts';

interface Kind<T extends { readonly id: string }> {
  readonly path: string;
  readonly noun: string;
  readonly table: (world: World) => Table<T>;
  readonly filters?: Filters<T>['texts'];
}

function readRoutes<
  T extends { readonly id: string; readonly customer: string | null; readonly created: number },
>(kind: Kind<T>): readonly Route[] {
  const retrieve = (world: World, { id }: ApiRequest) => {
    const found = kind.table(world).get(id);
    if (found === undefined) throw notFound(kind.noun, id);
    return found;
  };
  const list = (world: World, request: ApiRequest) => {
    checkCustomerFilter(world, request.params.string('customer'));
    return listPage(request, kind.table(world), {
      noun: kind.noun,
      keep: filterOf(request.params, {
        texts: { customer: (row) => row.customer, ...kind.filters },
        times: { created: (row) => row.created },
      }),
    });
  };
  return [
    { method: 'GET', path: kind.path, operation: list },
    { method: 'GET', path: `${kind.path}/:id`, operation: retrieve },
  ];
}

/** `payment_method_details.card.last4` and its like. */
function cardFields(names: readonly string[]): SearchIndex<Charge>['fields'] {
  const read = (name: string) => (row: Charge) => {
    const { card } = row.payment_method_details as { readonly card?: Readonly<Record<string, unknown>> };
    const value = card?.[name];
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  };
  return Object.fromEntries(names.map((name) => [`payment_method_details.card.${name}`, read(name)]));
}

const shared = {
  amount: (row: { amount: number }) => row.amount,
  created: (row: { created: number }) => row.created,
  currency: (row: { currency: string }) => row.currency,
  customer: (row: { customer: string | null }) => row.customer,
  status: (row: { status: string }) => row.status,
};

export const paymentRoutes: readonly Route[] = [
  ...readRoutes({
    path: '/v1/payment_intents',
    noun: 'payment_intent',
    table: (world) => world.store.paymentIntents,
  }),
  ...readRoutes({
    path: '/v1/charges',
    noun: 'charge',
    table: (world) => world.store.charges,
    filters: { payment_intent: (row) => row.payment_intent },
  }),
  ...readRoutes({
    path: '/v1/setup_intents',
    noun: 'setupintent',
    table: (world) => world.store.setupIntents,
    filters: { payment_method: (row) => row.payment_method },
  }),
  searchRoute<PaymentIntent>('/v1/payment_intents', (world) => world.store.paymentIntents, shared),
  searchRoute<Charge>('/v1/charges', (world) => world.store.charges, {
    ...shared,
    disputed: (row) => String(row.disputed),
    ...cardFields(['brand', 'exp_month', 'exp_year', 'fingerprint', 'last4']),
    refunded: (row) => String(row.refunded),
  }),
];
