/** Billing meters: how reported usage adds up. */
import type { Meter } from '../model/meter.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function getMeter(world: World, id: string): Meter {
  const meter = world.store.meters.get(id);
  if (meter === undefined) throw notFound('meter', id);
  return meter;
}

/** Returns the active meter that counts the events of a name. */
export function meterOfEvent(world: World, eventName: string): Meter | undefined {
  return world.store.meters
    .oldestFirst()
    .find(({ event_name: name, status }) => name === eventName && status === 'active');
}

export function createMeter(world: World, { params }: ApiRequest): Meter {
  const eventName = params.required('event_name');
  const aggregation = params.object('default_aggregation');
  const formula = aggregation?.oneOf('formula', ['count', 'last', 'sum']);
  if (formula === undefined) throw missingParameter('default_aggregation[formula]');
  if (meterOfEvent(world, eventName) !== undefined) {
    throw invalidRequest({
      message: `An active meter already exists for event name ${eventName}.`,
      param: 'event_name',
    });
  }
  const now = world.seconds();
  const row: Meter = {
    id: world.ids.next('mtr_'),
    object: 'billing.meter',
    created: now,
    customer_mapping: {
      event_payload_key: keyOf(params.object('customer_mapping'), 'stripe_customer_id'),
      type: 'by_id',
    },
    default_aggregation: { formula },
    display_name: params.required('display_name'),
    event_name: eventName,
    event_time_window: params.oneOf<'day' | 'hour'>('event_time_window', ['day', 'hour']) ?? null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: { event_payload_key: keyOf(params.object('value_settings'), 'value') },
  };
  return add(world, world.store.meters, { row, event: 'billing.meter.created' });
}

function keyOf(params: Params | undefined, otherwise: string): string {
  params?.oneOf('type', ['by_id']);
  return params?.string('event_payload_key') ?? otherwise;
}

export function updateMeter(world: World, { id, params }: ApiRequest): Meter {
  getMeter(world, id);
  const name = params.string('display_name');
  return change(world, world.store.meters, {
    id,
    patch: { updated: world.seconds(), ...(name === undefined ? {} : { display_name: name }) },
    event: 'billing.meter.updated',
  });
}

export function deactivateMeter(world: World, { id }: ApiRequest): Meter {
  requireStatus(getMeter(world, id), 'active');
  const now = world.seconds();
  return change(world, world.store.meters, {
    id,
    patch: { status: 'inactive', status_transitions: { deactivated_at: now }, updated: now },
    event: 'billing.meter.deactivated',
  });
}

export function reactivateMeter(world: World, { id }: ApiRequest): Meter {
  requireStatus(getMeter(world, id), 'inactive');
  return change(world, world.store.meters, {
    id,
    patch: { status: 'active', status_transitions: { deactivated_at: null }, updated: world.seconds() },
    event: 'billing.meter.reactivated',
  });
}

function requireStatus(meter: Meter, status: Meter['status']): void {
  if (meter.status === status) return;
  throw invalidRequest({ message: `The meter ${meter.id} is ${meter.status}.` });
}
