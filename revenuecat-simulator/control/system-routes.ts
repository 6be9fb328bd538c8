/** The control routes of the simulator itself: state, clock, events, deliveries, faults, products. */
import type { ProductSpec } from '../catalog/catalog.ts';
import { durations } from '../model/values.ts';
import { invalidParameter } from '../protocol/errors.ts';
import type { Fields } from '../protocol/fields.ts';
import { customerView, productView, purchaseView, subscriptionView } from '../render/views.ts';
import { advanceClock } from './clock-advance.ts';
import type { ControlRoute } from './route.ts';
import type { Simulation } from './simulation.ts';

const MAX_PRICE = 1_000_000;

export const systemRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: '', run: (context) => stateOf(context) },
  {
    method: 'POST',
    path: 'clock/advance',
    fields: ['seconds', 'to_ms'],
    run: (context, _id, fields) => advanceClock(context, fields),
  },
  {
    method: 'POST',
    path: 'reset',
    run: ({ reset }) => {
      reset();
      return { reset: true };
    },
  },
  {
    method: 'POST',
    path: 'products',
    fields: ['store_identifier', 'duration', 'display_name', 'price', 'entitlements'],
    run: ({ operations }, _id, fields) => operations.createProduct(productSpecOf(fields)),
  },
  { method: 'POST', path: 'events/test', run: ({ operations }) => operations.sendTestEvent() },
  {
    method: 'POST',
    path: 'events',
    fields: ['type', 'customer_id', 'fields'],
    run: ({ operations }, _id, fields) => {
      const customerId = fields.text('customer_id');
      return operations.sendEvent({
        type: fields.required('type'),
        fields: objectOf(fields, 'fields'),
        ...(customerId === undefined ? {} : { customerId }),
      });
    },
  },
  {
    method: 'GET',
    path: 'deliveries',
    run: ({ world }) => ({ items: world.store.deliveries.newestFirst() }),
  },
  {
    method: 'POST',
    path: 'deliveries/flush',
    run: ({ deliveries }) => ({ attempted: deliveries.flush() }),
  },
  { method: 'GET', path: 'faults', run: ({ faults }) => faults.show() },
  {
    method: 'POST',
    path: 'faults',
    fields: ['api', 'deliveries'],
    run: ({ faults }, _id, fields) => {
      faults.set({ api: fields.raw('api'), deliveries: fields.raw('deliveries') });
      return faults.show();
    },
  },
  {
    method: 'DELETE',
    path: 'faults',
    run: ({ faults }) => {
      faults.set({});
      return faults.show();
    },
  },
];

function stateOf({ world, due }: Simulation): object {
  const { store } = world;
  return {
    now_ms: world.nowMs(),
    next_due_ms: due.nextAt() ?? null,
    project_id: world.projectId,
    webhook_url: store.webhooks.get('webhook')?.url ?? null,
    products: store.products.oldestFirst().map((row) => productView(world, row)),
    customers: store.customers
      .oldestFirst()
      .map((row) => ({ ...customerView(world, row), aliases: row.aliases })),
    subscriptions: store.subscriptions.oldestFirst().map((row) => subscriptionView(world, row)),
    purchases: store.purchases.oldestFirst().map((row) => purchaseView(world, row)),
    events: store.events.oldestFirst().map(({ body }) => body),
  };
}

function productSpecOf(fields: Fields): ProductSpec {
  const duration = fields.oneOf('duration', durations);
  const displayName = fields.text('display_name');
  const price = fields.number('price', { min: 0, max: MAX_PRICE });
  const entitlements = fields.raw('entitlements') ?? ['pro'];
  if (!Array.isArray(entitlements) || !entitlements.every((key) => typeof key === 'string' && key !== '')) {
    throw invalidParameter('entitlements', 'entitlements must be a list of lookup keys.');
  }
  return {
    storeIdentifier: fields.required('store_identifier'),
    entitlements: entitlements as readonly string[],
    ...(duration === undefined ? {} : { duration }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(price === undefined ? {} : { price }),
  };
}

function objectOf(fields: Fields, name: string): Readonly<Record<string, unknown>> {
  const value = fields.raw(name) ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalidParameter(name, `${name} must be an object.`);
  return value as Readonly<Record<string, unknown>>;
}
