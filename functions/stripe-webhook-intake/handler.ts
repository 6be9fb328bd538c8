/**
 * `POST /stripe/webhook` in a stage with a queue: verifies the raw body's signature, hands the event over to the queue and
 * answers. It answers with success only once the queue has confirmed the event: from then on, the queue repeats it until the
 * worker has carried it out, or keeps it in its dead-letter queue, which has an alarm.
 */
import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { json, problem } from '../../adapters/apigateway/response.ts';
import { isGenuine } from '../../adapters/stripe/genuine.ts';
import { queuedEventIn } from '../../adapters/stripe/queued-event.ts';
import type { Secret } from '../../adapters/system/secret.ts';
import type { WebhookResponse } from '../../contract/webhooks.ts';
import type { EventQueue } from '../../core/queue/event-queue.ts';
import type { Clock } from '../../core/system/clock.ts';
import { parseJson } from '../../core/system/record.ts';

export interface Services {
  readonly webhookSecrets: Secret;
  readonly queue: EventQueue;
}

export interface HandlerOptions {
  readonly clock: Clock;
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Services;
}

const received = json(200, { received: true } satisfies WebhookResponse);

export function createHandler({ clock, services }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 9_000,
    unavailable: 'unavailable',
    methods: ['POST'],
    isDelivery: true,
  } as const;
  return httpHandler(options, async (request, log) => {
    const { webhookSecrets, queue } = services();
    const { requestId } = request;
    if (!(await isGenuine(request, webhookSecrets, clock))) {
      log.warn('Webhook signature is not valid.', { metric: 'webhook_signature_invalid' });
      return problem('invalid_signature', { requestId });
    }
    const reading = queuedEventIn(parseJson(request.body.toString('utf8')));
    if (reading.kind === 'malformed') {
      log.warn('Signed webhook body is not a Stripe event.', { metric: 'webhook_malformed' });
      return problem('malformed_request', { requestId });
    }
    log.addContext({ event_id: reading.eventId, event_type: reading.eventType });
    if (reading.kind === 'ignored') {
      log.info('Event ignored.', { metric: `webhook_${reading.reason}` });
      return received;
    }
    await queue.send(reading.message);
    log.info('Event queued.', { metric: 'webhook_queued' });
    return received;
  });
}
