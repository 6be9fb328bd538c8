/** Creates, changes, deletes and tests event destinations. */
import type { EventDestination } from '../model/event-destination.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { isoTime, PING_TYPE, renderThinEvent } from '../render/render-thin-event.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { enabledEventsIn, newTerms, urlIn } from './destination-terms.ts';

const NOUN = 'event destination';
const creationIncludes = ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'] as const;
const includes = ['webhook_endpoint.url'] as const;

type Include = (typeof creationIncludes)[number];

export function getDestination(world: World, id: string): EventDestination {
  const destination = world.store.eventDestinations.get(id);
  if (destination === undefined) throw notFound(NOUN, id);
  return destination;
}

export function createDestination(world: World, { params }: ApiRequest): object {
  const { ids, store } = world;
  const included = params.listOf('include', creationIncludes);
  const now = isoTime(world.seconds());
  const id = ids.next('ed_test_');
  const destination = store.eventDestinations.put({
    id,
    object: 'v2.core.event_destination',
    ...newTerms(world, params, id),
    created: now,
    livemode: false,
    status: 'enabled',
    status_details: null,
    updated: now,
  });
  const secret = ids.next('whsec_');
  if (destination.type === 'webhook_endpoint')
    store.endpointSecrets.put({ id, secrets: [{ value: secret, expires_at: null }] });
  return shown(destination, { included, secret });
}

export function retrieveDestination(world: World, { id, params }: ApiRequest): object {
  return shown(getDestination(world, id), { included: params.listOf('include', includes) });
}

export function updateDestination(world: World, { id, params }: ApiRequest): object {
  const current = getDestination(world, id);
  const patch: Partial<EventDestination> = { metadata: mergeMetadata(current.metadata, params) };
  const enabledEvents = enabledEventsIn(params, current.event_payload);
  if (enabledEvents !== undefined) patch.enabled_events = enabledEvents;
  if (params.has('name')) patch.name = params.required('name');
  const description = params.nullable('description');
  if (description !== undefined) patch.description = description ?? '';
  if (params.has('webhook_endpoint')) patch.webhook_endpoint = { url: urlIn(params, current.type) };
  return shown(changed(world, current, patch), { included: params.listOf('include', includes) });
}

export function deleteDestination(world: World, { id }: ApiRequest): object {
  const { object } = getDestination(world, id);
  world.store.eventDestinations.delete(id);
  world.store.endpointSecrets.delete(id);
  return { id, object };
}

export function enableDestination(world: World, { id }: ApiRequest): object {
  const current = getDestination(world, id);
  return shown(changed(world, current, { status: 'enabled', status_details: null }));
}

export function disableDestination(world: World, { id }: ApiRequest): object {
  const current = getDestination(world, id);
  const details = { disabled: { reason: 'user' } } as const;
  return shown(changed(world, current, { status: 'disabled', status_details: details }));
}

/** Sends an event that says nothing else than that it arrives. */
export function pingDestination(world: World, { id }: ApiRequest): object {
  const destination = getDestination(world, id);
  const record = emit(world, PING_TYPE, { object: destination, thinOnly: true });
  return renderThinEvent({ record, type: record.type });
}

function changed(
  world: World,
  current: EventDestination,
  patch: Partial<EventDestination>,
): EventDestination {
  return world.store.eventDestinations.put({ ...current, ...patch, updated: isoTime(world.seconds()) });
}

interface Inclusion {
  readonly included?: readonly Include[];
  readonly secret?: string;
}

/** The URL and the secret are shown on request alone, and the secret only once. */
export function shown(destination: EventDestination, { included = [], secret }: Inclusion = {}): object {
  const { webhook_endpoint: endpoint } = destination;
  if (endpoint === null) return destination;
  const has = (name: Include) => included.includes(name);
  return {
    ...destination,
    webhook_endpoint: {
      signing_secret: has('webhook_endpoint.signing_secret') ? (secret ?? null) : null,
      url: has('webhook_endpoint.url') ? endpoint.url : null,
    },
  };
}

export function listIncludes(params: ApiRequest['params']): readonly Include[] {
  return params.listOf('include', includes);
}
