/** Reads what a new event destination shall be, and refuses what Stripe refuses. */
import type { EventDestination } from '../model/event-destination.ts';
import { checkedVersion } from '../protocol/api-version.ts';
import { isSnapshotType, thinRelationOf } from '../protocol/event-types.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidParameter, missingParameter } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

type Terms = Pick<
  EventDestination,
  | 'amazon_eventbridge'
  | 'description'
  | 'enabled_events'
  | 'event_payload'
  | 'events_from'
  | 'metadata'
  | 'name'
  | 'snapshot_api_version'
  | 'type'
  | 'webhook_endpoint'
>;

export function newTerms(world: World, params: Params, id: string): Terms {
  const payload = chosen(params, 'event_payload', ['snapshot', 'thin'] as const);
  params.onlySimulates('type', ['webhook_endpoint', 'amazon_eventbridge']);
  const type = chosen(params, 'type', ['webhook_endpoint', 'amazon_eventbridge'] as const);
  const enabledEvents = enabledEventsIn(params, payload);
  if (enabledEvents === undefined) throw missingParameter('enabled_events');
  return {
    type,
    event_payload: payload,
    enabled_events: enabledEvents,
    name: params.required('name'),
    description: params.string('description') ?? '',
    events_from: eventsFrom(params),
    metadata: mergeMetadata({}, params),
    snapshot_api_version: versionIn(world, params, payload),
    webhook_endpoint: type === 'webhook_endpoint' ? { url: urlIn(params, type) } : null,
    amazon_eventbridge: type === 'amazon_eventbridge' ? eventSourceIn(world, params, id) : null,
  };
}

function chosen<T extends string>(params: Params, name: string, values: readonly T[]): T {
  params.required(name);
  const value = params.oneOf(name, values);
  if (value === undefined) throw missingParameter(name);
  return value;
}

/** Returns the types of events. Undefined: the request names none. */
export function enabledEventsIn(
  params: Params,
  payload: EventDestination['event_payload'],
): readonly string[] | undefined {
  const types = params.strings('enabled_events');
  if (types === undefined) return undefined;
  if (types.length === 0) throw missingParameter('enabled_events');
  for (const [index, type] of types.entries()) {
    // Thin events have to be chosen one by one.
    const isKnown =
      payload === 'thin' ? thinRelationOf(type) !== undefined : type === '*' || isSnapshotType(type);
    if (isKnown) continue;
    const message = `'${type}' is not the type of a ${payload} event.`;
    throw invalidParameter({ message, param: `enabled_events[${index}]` });
  }
  return types;
}

/** Only the account itself has events here. */
function eventsFrom(params: Params): readonly string[] {
  const from = params.listOf('events_from', ['@self', 'self']);
  return from.length === 0 ? ['@self'] : from;
}

function versionIn(
  { apiVersion }: World,
  params: Params,
  payload: EventDestination['event_payload'],
): string | null {
  const version = params.string('snapshot_api_version');
  if (payload === 'snapshot') return version === undefined ? apiVersion : checkedVersion(version);
  if (version === undefined) return null;
  const message = 'Thin events have no API version.';
  throw invalidParameter({ message, param: 'snapshot_api_version' });
}

export function urlIn(params: Params, type: EventDestination['type']): string {
  const endpoint = params.object('webhook_endpoint');
  if (type !== 'webhook_endpoint') {
    const message = `A destination of type ${type} has no webhook endpoint.`;
    throw invalidParameter({ message, param: 'webhook_endpoint' });
  }
  if (endpoint === undefined) throw missingParameter('webhook_endpoint');
  const url = endpoint.required('url');
  if (/^https?:\/\/\S+$/.test(url) && URL.canParse(url)) return url;
  throw invalidParameter({ message: `Invalid URL: ${url}`, param: 'webhook_endpoint[url]' });
}

function eventSourceIn(
  { hasEventBus }: World,
  params: Params,
  id: string,
): EventDestination['amazon_eventbridge'] {
  const bridge = params.object('amazon_eventbridge');
  if (bridge === undefined) throw missingParameter('amazon_eventbridge');
  const account = bridge.required('aws_account_id');
  const region = bridge.required('aws_region');
  if (!/^\d{12}$/.test(account)) {
    const message = 'An AWS account ID has 12 digits.';
    throw invalidParameter({ message, param: 'amazon_eventbridge[aws_account_id]' });
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    const message = `'${region}' is no AWS region.`;
    throw invalidParameter({ message, param: 'amazon_eventbridge[aws_region]' });
  }
  return {
    aws_account_id: account,
    aws_event_source_arn: `arn:aws:events:${region}::event-source/aws.partner/stripe.com/${id}`,
    aws_event_source_status: hasEventBus ? 'active' : 'pending',
  };
}
