/** Reported usage: each report counts once, for the customer that it names. */
import { isDecimal } from '../amounts/decimal.ts';
import type { Meter, MeterEventRecord } from '../model/meter.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { getMeter, meterOfEvent } from './meters.ts';
import { meteredValue } from './usage.ts';

const DAY_SECONDS = 24 * 3600;
const OLDEST_DAYS = 35;
const NEWEST_SECONDS = 300;
const MAX_SUMMARIES = 100;

export function createMeterEvent(world: World, { params }: ApiRequest): object {
  const eventName = params.required('event_name');
  const meter = meterOfEvent(world, eventName);
  if (meter === undefined) {
    throw invalidRequest({
      message: `No active meter found for event name ${eventName}.`,
      code: 'resource_missing',
      param: 'event_name',
    });
  }
  const payload = params.object('payload');
  if (payload === undefined) throw missingParameter('payload');
  const identifier = params.string('identifier') ?? world.ids.next('mevt_');
  if (world.store.meterEvents.get(identifier) !== undefined) {
    throw invalidRequest({
      message: `An event already exists with identifier ${identifier}.`,
      param: 'identifier',
    });
  }
  const row: MeterEventRecord = {
    id: identifier,
    event_name: eventName,
    customer: customerIn(world, payload, meter),
    value: valueIn(payload, meter),
    payload: Object.fromEntries(payload.names().map((name) => [name, payload.string(name) ?? ''])),
    timestamp: timestampOf(world, params),
    created: world.seconds(),
  };
  world.store.meterEvents.put(row);
  return {
    object: 'billing.meter_event',
    created: row.created,
    event_name: row.event_name,
    identifier,
    livemode: false,
    payload: row.payload,
    timestamp: row.timestamp,
  };
}

function customerIn(world: World, payload: Params, meter: Meter): string {
  const key = meter.customer_mapping.event_payload_key;
  const id = payload.string(key);
  if (id === undefined) throw missingParameter(payload.nameOf(key));
  if (world.store.customers.get(id) !== undefined) return id;
  throw invalidRequest({
    message: `No such customer: '${id}'`,
    code: 'resource_missing',
    param: payload.nameOf(key),
  });
}

function valueIn(payload: Params, meter: Meter): number {
  if (meter.default_aggregation.formula === 'count') return 1;
  const key = meter.value_settings.event_payload_key;
  const text = payload.string(key);
  if (text === undefined) throw missingParameter(payload.nameOf(key));
  if (isDecimal(text.replace('-', ''))) return Number(text);
  throw invalidRequest({ message: `Invalid value: ${text}`, param: payload.nameOf(key) });
}

function timestampOf(world: World, params: Params): number {
  const now = world.seconds();
  const at = params.integer('timestamp') ?? now;
  if (at > now + NEWEST_SECONDS || at < now - OLDEST_DAYS * DAY_SECONDS) {
    throw invalidRequest({
      message: 'The timestamp must be within the past 35 calendar days or up to 5 minutes in the future.',
      param: 'timestamp',
    });
  }
  return at;
}

/** Returns the value of a meter for a customer, as a whole or by hour or day. */
export function listSummaries(world: World, { id, params, path }: ApiRequest): object {
  const meter = getMeter(world, id);
  const customer = params.required('customer');
  const start = params.integer('start_time');
  const end = params.integer('end_time');
  if (start === undefined) throw missingParameter('start_time');
  if (end === undefined) throw missingParameter('end_time');
  const window = params.oneOf('value_grouping_window', ['day', 'hour']);
  const step = window === undefined ? end - start : window === 'day' ? DAY_SECONDS : 3600;
  const data: object[] = [];
  for (let from = start; from < end && data.length < MAX_SUMMARIES; from += step) {
    const until = Math.min(end, from + step);
    data.unshift({
      id: `mtrsum_${meter.id}_${from}`,
      object: 'billing.meter_event_summary',
      aggregated_value: meteredValue(world, id, { customer, start: from, end: until }),
      end_time: until,
      livemode: false,
      meter: id,
      start_time: from,
    });
  }
  return { object: 'list', data, has_more: false, url: path };
}
