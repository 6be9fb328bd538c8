/** The kinds of objects that the dashboard lists: their columns, and how their rows are found. */
import {
  formatExpiry,
  formatInterval,
  formatMethod,
  formatMoney,
  formatPrice,
  formatTime,
} from '../pages/format.ts';
import type { Html } from '../pages/html.ts';
import { badge } from '../pages/layout.ts';
import type { Store } from '../store/store.ts';
import type { Table } from '../store/table.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import type { World } from '../world/world.ts';
import { deliveryBadges, objectIdOf } from './events.ts';
import { objectLink, type Row } from './tables.ts';

export interface Search {
  /** The text that a row must contain, in any of its fields. */
  readonly text: string;
  readonly limit: number;
  readonly skip: number;
  /** The id of a record that is not wanted. */
  readonly except?: string;
}

export interface Found {
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface Kind {
  /** The name in addresses. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  /** Whether the navigation leads to it. */
  readonly isTab: boolean;
  count(world: World): number;
  /** Returns the rows that contain the text, newest first. */
  find(world: World, search: Search): Found;
}

interface Definition<T extends { readonly id: string }> {
  readonly name: string;
  readonly title: string;
  readonly isTab?: boolean;
  readonly table: (store: Store) => Table<T>;
  readonly columns: readonly (readonly [title: string, cell: (row: T, world: World) => Html | string])[];
}

function kind<T extends { readonly id: string }>(definition: Definition<T>): Kind {
  const { name, title, isTab = true, table, columns } = definition;
  return {
    name,
    title,
    isTab,
    columns: columns.map(([column]) => column),
    count: ({ store }) => table(store).size,
    find: (world, { text, limit, skip, except }) => {
      const wanted = text.toLowerCase();
      const all = table(world.store).newestFirst();
      const matches = (row: T) => row.id !== except && textOf(row, world).includes(wanted);
      const found = wanted === '' ? all : all.filter(matches);
      const rows = found.slice(skip, skip + limit).map((row) => columns.map(([, cell]) => cell(row, world)));
      return { rows, total: found.length };
    },
  };
}

/** Returns the text of a record. That of its customer's email address belongs to it, so that a person can be found. */
function textOf(row: object, { store }: World): string {
  const customer = 'customer' in row && typeof row.customer === 'string' ? row.customer : '';
  const email = store.customers.get(customer)?.email ?? '';
  return `${JSON.stringify(row)} ${email}`.toLowerCase();
}

function customerOf({ store }: World, id: string | null): Html | string {
  return objectLink(id, store.customers.get(id ?? '')?.email ?? id);
}

export const kinds: readonly Kind[] = [
  kind({
    name: 'customers',
    title: 'Customers',
    table: (store) => store.customers,
    columns: [
      ['Customer', ({ id }) => objectLink(id)],
      ['Email', ({ email }) => email ?? ''],
      ['Name', ({ name }) => name ?? ''],
      ['Created', ({ created }) => formatTime(created)],
      ['Clock', ({ test_clock: clock }) => objectLink(clock)],
    ],
  }),
  kind({
    name: 'subscriptions',
    title: 'Subscriptions',
    table: (store) => store.subscriptions,
    columns: [
      ['Subscription', ({ id }) => objectLink(id)],
      ['Customer', ({ customer }, world) => customerOf(world, customer)],
      ['Status', ({ status }) => badge(status)],
      ['Period ends', (row) => formatTime(row.ended_at ?? periodOf(row).end)],
      [
        'Cancels',
        ({ cancel_at: end, ended_at: ended }) => (end === null || ended !== null ? '' : formatTime(end)),
      ],
      ['Clock', ({ test_clock: clock }) => objectLink(clock)],
    ],
  }),
  kind({
    name: 'invoices',
    title: 'Invoices',
    table: (store) => store.invoices,
    columns: [
      ['Invoice', ({ id, number }) => objectLink(id, number ?? id)],
      ['Customer', ({ customer }, world) => customerOf(world, customer)],
      ['Status', ({ status }) => badge(status)],
      ['Total', ({ total, currency }) => formatMoney(total, currency)],
      ['Reason', ({ billing_reason: reason }) => reason.replaceAll('_', ' ')],
      ['Created', ({ created }) => formatTime(created)],
    ],
  }),
  kind({
    name: 'payments',
    title: 'Payments',
    table: (store) => store.paymentIntents,
    columns: [
      ['Payment', ({ id }) => objectLink(id)],
      ['Customer', ({ customer }, world) => customerOf(world, customer)],
      ['Status', ({ status }) => badge(status)],
      ['Amount', ({ amount, currency }) => formatMoney(amount, currency)],
      ['Error', ({ last_payment_error: error }) => error?.code.replaceAll('_', ' ') ?? ''],
      ['Created', ({ created }) => formatTime(created)],
    ],
  }),
  kind({
    name: 'checkout-sessions',
    title: 'Checkout sessions',
    isTab: false,
    table: (store) => store.checkoutSessions,
    columns: [
      ['Session', ({ id }) => objectLink(id)],
      [
        'Customer',
        ({ customer, customer_email: email }, world) => customerOf(world, customer) || (email ?? ''),
      ],
      ['Status', ({ status }) => badge(status)],
      ['Mode', ({ mode }) => mode],
      ['Expires', ({ expires_at: end }) => formatTime(end)],
    ],
  }),
  kind({
    name: 'payment-methods',
    title: 'Payment methods',
    isTab: false,
    table: (store) => store.paymentMethods,
    columns: [
      ['Payment method', ({ id }) => objectLink(id)],
      ['Kind', (method) => formatMethod(method)],
      ['Expires', ({ card }) => (card === undefined ? '' : formatExpiry(card))],
      ['Customer', ({ customer }, world) => customerOf(world, customer)],
    ],
  }),
  kind({
    name: 'charges',
    title: 'Charges',
    isTab: false,
    table: (store) => store.charges,
    columns: [
      ['Charge', ({ id }) => objectLink(id)],
      ['Customer', ({ customer }, world) => customerOf(world, customer)],
      ['Status', ({ status }) => badge(status)],
      ['Amount', ({ amount, currency }) => formatMoney(amount, currency)],
      ['Refunded', ({ amount_refunded: amount, currency }) => formatMoney(amount, currency)],
    ],
  }),
  kind({
    name: 'refunds',
    title: 'Refunds',
    isTab: false,
    table: (store) => store.refunds,
    columns: [
      ['Refund', ({ id }) => objectLink(id)],
      ['Charge', ({ charge }) => objectLink(charge)],
      ['Status', ({ status }) => badge(status)],
      ['Amount', ({ amount, currency }) => formatMoney(amount, currency)],
    ],
  }),
  kind({
    name: 'disputes',
    title: 'Disputes',
    isTab: false,
    table: (store) => store.disputes,
    columns: [
      ['Dispute', ({ id }) => objectLink(id)],
      ['Charge', ({ charge }) => objectLink(charge)],
      ['Status', ({ status }) => badge(status)],
      ['Amount', ({ amount, currency }) => formatMoney(amount, currency)],
    ],
  }),
  kind({
    name: 'prices',
    title: 'Prices',
    isTab: false,
    table: (store) => store.prices,
    columns: [
      ['Price', ({ id }) => objectLink(id)],
      [
        'Product',
        ({ product }, { store }) => objectLink(product, store.products.get(product)?.name ?? product),
      ],
      ['Amount', (row) => `${formatPrice(row)}${formatInterval(row.recurring)}`],
      ['Active', ({ active }) => (active ? 'yes' : 'no')],
    ],
  }),
  kind({
    name: 'events',
    title: 'Events',
    table: (store) => store.events,
    columns: [
      ['Time', ({ created }) => formatTime(created)],
      ['Type', ({ id, type }) => objectLink(id, type)],
      ['Object', ({ snapshot }) => objectLink(objectIdOf(snapshot))],
      ['Delivery', ({ id }, world) => deliveryBadges(world, id)],
    ],
  }),
  kind({
    name: 'webhook-endpoints',
    title: 'Webhooks',
    table: (store) => store.webhookEndpoints,
    columns: [
      ['Endpoint', ({ id }) => objectLink(id)],
      ['URL', ({ url }) => url],
      ['Status', ({ status }) => badge(status)],
      ['Version', ({ api_version: version }) => version ?? 'newest'],
    ],
  }),
  kind({
    name: 'event-destinations',
    title: 'Event destinations',
    isTab: false,
    table: (store) => store.eventDestinations,
    columns: [
      ['Destination', ({ id }) => objectLink(id)],
      ['Name', ({ name }) => name],
      ['Type', ({ type }) => type.replaceAll('_', ' ')],
      ['Payload', ({ event_payload: payload }) => payload],
      ['Status', ({ status }) => badge(status)],
    ],
  }),
  kind({
    name: 'test-clocks',
    title: 'Test clocks',
    table: (store) => store.testClocks,
    columns: [
      ['Clock', ({ id }) => objectLink(id)],
      ['Name', ({ name }) => name ?? ''],
      ['Time', ({ frozen_time: time }) => formatTime(time)],
      ['Status', ({ status }) => badge(status)],
      ['Customers', ({ id }, { store }) => String(store.customers.where('test_clock', id).length)],
    ],
  }),
];

export function findKind(name: string): Kind | undefined {
  return kinds.find((kind) => kind.name === name);
}
