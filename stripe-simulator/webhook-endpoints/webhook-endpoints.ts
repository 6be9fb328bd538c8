/** Creates, updates and deletes webhook endpoints. The secret is returned only when the endpoint is created. */

import type { WebhookEndpoint } from '../model/event.ts';
import { checkedVersion } from '../protocol/api-version.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

const MAX_ENDPOINTS = 16;

export interface EndpointInput {
  readonly url: string;
  readonly enabledEvents: readonly string[];
  readonly apiVersion?: string | null;
  readonly secret?: string;
  readonly description?: string | null;
}

export function addEndpoint(
  world: World,
  input: EndpointInput,
): { endpoint: WebhookEndpoint; secret: string } {
  const { store, ids } = world;
  const secret = input.secret ?? ids.next('whsec_');
  const endpoint = store.webhookEndpoints.put({
    id: ids.next('we_'),
    object: 'webhook_endpoint',
    api_version: input.apiVersion ?? null,
    application: null,
    created: world.seconds(),
    description: input.description ?? null,
    enabled_events: input.enabledEvents,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: input.url,
  });
  store.endpointSecrets.put({ id: endpoint.id, secrets: [{ value: secret, expires_at: null }] });
  return { endpoint, secret };
}

export function createEndpoint(world: World, { params }: ApiRequest): object {
  const enabledEvents = params.strings('enabled_events');
  if (enabledEvents === undefined || enabledEvents.length === 0) throw missingParameter('enabled_events');
  if (world.store.webhookEndpoints.size >= MAX_ENDPOINTS) {
    throw invalidRequest({
      message: `You have reached the maximum of ${MAX_ENDPOINTS} test webhook endpoints.`,
    });
  }
  const version = params.string('api_version');
  const { endpoint, secret } = addEndpoint(world, {
    url: checkedUrl(params.required('url')),
    enabledEvents,
    apiVersion: version === undefined ? null : checkedVersion(version),
    description: params.string('description') ?? null,
  });
  const metadata = mergeMetadata({}, params);
  return { ...world.store.webhookEndpoints.put({ ...endpoint, metadata }), secret };
}

function checkedUrl(url: string): string {
  if (/^https?:\/\/\S+$/.test(url) && URL.canParse(url)) return url;
  throw invalidRequest({ message: `Invalid URL: ${url}`, code: 'url_invalid', param: 'url' });
}

export function getEndpoint(world: World, id: string): WebhookEndpoint {
  const endpoint = world.store.webhookEndpoints.get(id);
  if (endpoint === undefined) throw notFound('webhook endpoint', id);
  return endpoint;
}

export function updateEndpoint(world: World, { id, params }: ApiRequest): WebhookEndpoint {
  const current = getEndpoint(world, id);
  const patch: Partial<WebhookEndpoint> = { metadata: mergeMetadata(current.metadata, params) };
  const enabledEvents = params.strings('enabled_events');
  if (enabledEvents !== undefined) patch.enabled_events = enabledEvents;
  const url = params.string('url');
  if (url !== undefined) patch.url = checkedUrl(url);
  const disabled = params.boolean('disabled');
  if (disabled !== undefined) patch.status = disabled ? 'disabled' : 'enabled';
  const description = params.nullable('description');
  if (description !== undefined) patch.description = description;
  return change(world, world.store.webhookEndpoints, { id, patch });
}

export function deleteEndpoint(world: World, { id }: ApiRequest): object {
  getEndpoint(world, id);
  world.store.webhookEndpoints.delete(id);
  world.store.endpointSecrets.delete(id);
  return { id, object: 'webhook_endpoint', deleted: true };
}
