/** `POST /revenuecat/webhook`: checks the shared header, reads which users the event concerns, syncs them and answers. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import type { Request } from '../../adapters/apigateway/request.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { isAuthorized } from '../../adapters/revenuecat/authorization.ts';
import { readStoreEvent } from '../../adapters/revenuecat/read-event.ts';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import { type Secret, secretsIn } from '../../adapters/system/secret.ts';
import type { WebhookResponse } from '../../contract/webhooks.ts';
import { createApplyStoreEvent } from '../../core/stores/apply-store-event.ts';
import type { AliasReader } from '../../core/stores/purchase.ts';
import type { StoreEvent } from '../../core/stores/store-event.ts';
import { createSyncStores, type StoreSyncServices } from '../../core/stores/sync-stores.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';
import { parseJson } from '../../core/system/record.ts';

export interface Services extends Omit<StoreSyncServices, 'clock'> {
  /** The values that the header may have, separated by commas: two while it is replaced. */
  readonly webhookSecrets: Secret;
  readonly stores: StoreSyncServices['stores'] & AliasReader;
}

export interface HandlerOptions {
  readonly clock: Clock;
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Services;
}

/** RevenueCat accepts only a 200, repeats any other answer five times, and then gives up. */
const received = json(200, { received: true } satisfies WebhookResponse);

export function createHandler({ clock, services }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 25_000,
    unavailable: 'unavailable',
    methods: ['POST'],
  } as const;
  return httpHandler(options, async (request, log) => {
    const { webhookSecrets, ...systems } = services();
    const { requestId } = request;
    if (!(await isGenuine(request, webhookSecrets))) {
      log.warn('The webhook does not carry the shared header.', { metric: 'webhook_signature_invalid' });
      return problem('unauthorized', { requestId });
    }
    const reading = readStoreEvent(parseJson(request.body.toString('utf8')));
    switch (reading.kind) {
      case 'event': {
        const { id, type } = reading.event;
        log.addContext({ event_id: id, event_type: type });
        return apply({ ...systems, clock, log }, reading.event);
      }
      case 'test':
        log.info('Test event received.', { metric: 'webhook_test' });
        return received;
      default:
        log.warn('The webhook body is not an event of RevenueCat.', { metric: 'webhook_malformed' });
        return problem('malformed_request', { requestId });
    }
  });
}

async function isGenuine(request: Request, secrets: Secret): Promise<boolean> {
  const header = request.header('authorization');
  if (header === undefined) return false;
  const known = secretsIn(await secrets.read());
  if (known.length === 0) throw new ConfigurationError(['REVENUECAT_WEBHOOK_SECRET'], []);
  // The secret may have been replaced since it was cached.
  return isAuthorized(header, known) || isAuthorized(header, secretsIn(await secrets.reread()));
}

async function apply(
  services: Omit<Services, 'webhookSecrets'> & { readonly clock: Clock; readonly log: Log },
  event: StoreEvent,
): Promise<HttpResponse> {
  const { stores, log } = services;
  const applyEvent = createApplyStoreEvent({ stores, syncStores: createSyncStores(services) });
  const { users } = await applyEvent(event);
  if (users.length === 0) log.info('The event names no user.', { metric: 'webhook_no_customer' });
  for (const { sub, outcome } of users) {
    // An app that signs in to RevenueCat with email addresses puts them here.
    const known = outcome === 'no_such_user' ? {} : { user_id: sub };
    log.info('Event processed.', { metric: `sync_${outcome}`, ...known });
  }
  return received;
}
