/** Who receives events: webhook endpoints and event destinations. */
import type { EventRecord } from '../model/event.ts';
import type { EventDestination } from '../model/event-destination.ts';
import { wantsEvent } from '../model/event-filter.ts';
import { PING_TYPE, thinTypesOf } from '../render/render-thin-event.ts';
import type { Store } from '../store/store.ts';

export interface Receiver {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly enabledEvents: readonly string[];
  readonly payload: 'snapshot' | 'thin';
  /** The version of its snapshot events. Null: that of the account. */
  readonly version: string | null;
  /** Where its events go: a URL, or the ARN of an event source. */
  readonly url: string;
  readonly eventSource: EventSource | undefined;
}

/** A partner event source of Amazon EventBridge. */
export interface EventSource {
  readonly arn: string;
  readonly account: string;
}

export function receivers({ webhookEndpoints, eventDestinations }: Store): Receiver[] {
  const destinations = eventDestinations.oldestFirst().map(destinationReceiver);
  const endpoints = webhookEndpoints.oldestFirst();
  return [...endpoints.map(endpointReceiver), ...destinations];
}

export function receiverOf({ webhookEndpoints, eventDestinations }: Store, id: string): Receiver | undefined {
  const endpoint = webhookEndpoints.get(id);
  if (endpoint !== undefined) return endpointReceiver(endpoint);
  const destination = eventDestinations.get(id);
  return destination === undefined ? undefined : destinationReceiver(destination);
}

function endpointReceiver(endpoint: NonNullable<ReturnType<Store['webhookEndpoints']['get']>>): Receiver {
  return {
    id: endpoint.id,
    isEnabled: endpoint.status === 'enabled',
    enabledEvents: endpoint.enabled_events,
    payload: 'snapshot',
    version: endpoint.api_version,
    url: endpoint.url,
    eventSource: undefined,
  };
}

function destinationReceiver(destination: EventDestination): Receiver {
  const { amazon_eventbridge: bridge, webhook_endpoint: endpoint } = destination;
  // Nothing leaves an event source that no bus is associated with.
  const isConnected = bridge === null || bridge.aws_event_source_status === 'active';
  return {
    id: destination.id,
    isEnabled: destination.status === 'enabled' && isConnected,
    enabledEvents: destination.enabled_events,
    payload: destination.event_payload,
    version: destination.snapshot_api_version,
    url: endpoint?.url ?? bridge?.aws_event_source_arn ?? '',
    eventSource:
      bridge === null ? undefined : { arn: bridge.aws_event_source_arn, account: bridge.aws_account_id },
  };
}

/** Returns the types of the events that a receiver gets of a change: one, or several if its events are thin. */
export function typesFor(receiver: Receiver, event: EventRecord): readonly string[] {
  if (event.type === PING_TYPE)
    return 'id' in event.snapshot && event.snapshot.id === receiver.id ? [event.type] : [];
  const snapshots = event.thin_only === true ? [] : [event.type];
  const types = receiver.payload === 'thin' ? thinTypesOf(event) : snapshots;
  return types.filter((type) => wantsEvent(receiver.enabledEvents, type));
}
