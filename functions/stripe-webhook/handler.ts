/** `POST /stripe/webhook`: verifies the raw body's signature, reads the event, applies it and answers. */

import { httpHandler, type LambdaContext } from '../../adapters/apigateway/http-handler.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { isGenuine } from '../../adapters/stripe/genuine.ts';
import type { ContextLog } from '../../adapters/system/log.ts';
import type { Secret } from '../../adapters/system/secret.ts';
import type { WebhookResponse } from '../../contract/webhooks.ts';
import type { Refusal } from '../../core/gate/decide.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { createGate, type GateServices } from '../../core/gate/gate.ts';
import { type ApplyEventServices, createApplyEvent } from '../../core/sync/apply-event.ts';
import type {
  ChargeEvent,
  ClaimedCheckout,
  CustomerEvent,
  EventReading,
} from '../../core/sync/stripe-event.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Log } from '../../core/system/log.ts';
import { parseJson } from '../../core/system/record.ts';
import { type BatchAnswer, fromOtherSource, type OpenSources } from './other-sources.ts';

export interface Services {
  readonly webhookSecrets: Secret;
  readonly sync: WebhookServices;
  /** The sources besides the API that may send events. */
  readonly sources: OpenSources;
  /** Reads what a genuine body requires. */
  readonly readDelivery: (body: unknown) => Promise<EventReading>;
}

export interface HandlerOptions {
  readonly clock: Clock;
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

type WebhookServices = Omit<SyncServices, 'log'> &
  Pick<ApplyEventServices, 'billing'> & {
    readonly gate: Omit<
      GateServices,
      'log' | 'clock' | 'profiles' | 'entitlements' | 'index' | 'deleteAccount' | 'stores'
    >;
    readonly clock: Clock;
  };

const received = json(200, { received: true } satisfies WebhookResponse);

const LIMIT_MS = 19_000;

export type WebhookHandler = (
  invocation: unknown,
  context?: LambdaContext,
) => Promise<HttpResponse | BatchAnswer | null>;

export function createHandler({ clock, services }: HandlerOptions): WebhookHandler {
  const options = {
    clock,
    limitMs: LIMIT_MS,
    unavailable: 'unavailable',
    methods: ['POST'],
    isDelivery: true,
  } as const;
  const ofApi = httpHandler(options, async (request, log) => {
    const all = await services();
    const { requestId } = request;
    if (!(await isGenuine(request, all.webhookSecrets, clock))) {
      log.warn('Webhook signature is not valid.', { metric: 'webhook_signature_invalid' });
      return problem('invalid_signature', { requestId });
    }
    const outcome = await carryOut(all, parseJson(request.body.toString('utf8')), log);
    return outcome === 'malformed' ? problem('malformed_request', { requestId }) : received;
  });
  const ofOthers = {
    clock,
    limitMs: LIMIT_MS,
    services: async () => {
      const all = await services();
      const operation = 'read event';
      return {
        sources: all.sources,
        carryOut: async (body: unknown, log: ContextLog) => {
          if ((await carryOut(all, body, log)) !== 'malformed') return;
          throw new Fault({ code: 'unknown_shape', system: 'stripe', operation, expected: 'an event' });
        },
      };
    },
  };
  return async (invocation, context) =>
    fromOtherSource(ofOthers, invocation, context) ?? ofApi(invocation, context);
}

/** Carries out what a genuine event requires. Everything that is none of our business is carried out by counting it. */
async function carryOut(services: Services, body: unknown, log: ContextLog): Promise<'done' | 'malformed'> {
  const reading = await services.readDelivery(body);
  switch (reading.kind) {
    case 'sync':
    case 'charge_event': {
      const { id, type } = reading.event;
      // Every later line of this delivery carries them, including the line of its failure.
      log.addContext({ event_id: id, event_type: type });
      if ('failedRefundId' in reading.event) reportFailedRefund(log, reading.event);
      await apply(reading.event, { ...services.sync, log });
      return 'done';
    }
    case 'ignored': {
      const { reason, eventId, eventType } = reading;
      const fields = { event_id: eventId, event_type: eventType };
      log.info('Event ignored.', { metric: `webhook_${reason}`, ...fields });
      return 'done';
    }
    default:
      log.warn('Signed webhook body is not a Stripe event.', { metric: 'webhook_malformed' });
      return 'malformed';
  }
}

/** The account is deleted, so no one but a person can return the money. Stripe has put it back into the balance. */
function reportFailedRefund(log: Log, { failedRefundId, chargeId }: ChargeEvent): void {
  log.error('The refund of a deleted account has failed: its user has not received the amount.', {
    metric: 'deletion_refund_failed',
    refund_id: failedRefundId ?? null,
    charge_id: chargeId,
  });
}

async function apply(
  event: CustomerEvent | ChargeEvent,
  services: WebhookServices & { readonly log: Log },
): Promise<void> {
  const { log } = services;
  const applyEvent = createApplyEvent({ ...services, sync: createSync(services) });
  const outcome = await applyEvent(event);
  if (outcome.kind === 'no_customer') {
    log.info('Event ignored.', { metric: 'webhook_no_customer' });
    return;
  }
  const { customerId, sync, orphanedCheckout } = outcome;
  if (orphanedCheckout !== null) await endOrphan(services, orphanedCheckout);
  if (sync.kind === 'unknown_customer' && 'claimed' in event && event.claimed !== undefined) {
    reportClaimed(log, customerId, event.claimed);
  }
  log.info('Event processed.', {
    metric: `sync_${sync.kind}`,
    customer_id: customerId,
    ...('sub' in sync ? { user_id: sync.sub } : {}),
    ...(sync.kind === 'written' ? { status: sync.status, attempts: sync.attempts } : {}),
  });
}

/** The buyer has paid and has no access. Only a person can find out who it is, because any link can name any user. */
function reportClaimed(log: Log, customerId: string, claimed: ClaimedCheckout): void {
  log.error(
    'A checkout names its user only by client_reference_id, which proves nothing; no user gets access.',
    {
      metric: 'checkout_unassigned',
      customer_id: customerId,
      session_id: claimed.sessionId,
      subscription_id: claimed.subscriptionId,
      ...(claimed.reference === null ? {} : { client_reference_id: claimed.reference }),
    },
  );
}

/** Nothing that a later delivery of the same event could change. */
const finalRefusals: ReadonlySet<Refusal> = new Set(['other_pool', 'not_proven_ours', 'owner_contradiction']);

/**
 * Lets the gate decide on a checkout that was paid for a deleted user. If the proof is not complete, nothing is ended.
 * The event is then answered with success only if another delivery cannot change that: the checkout is another stage's,
 * or a person must decide.
 */
async function endOrphan(services: WebhookServices & { readonly log: Log }, orphan: Ending): Promise<void> {
  const { log } = services;
  // It ends a single purchase, and no user.
  const gate = createGate({ ...services, ...services.gate, deleteAccount: null, stores: null });
  const result = await gate.end(orphan);
  if (result.kind !== 'refused') return;
  const { reason } = result;
  if (reason === 'other_pool') return;
  const ids = {
    user_id: orphan.sub,
    subscription_id: 'subscriptionId' in orphan ? orphan.subscriptionId : null,
    ...('sessionId' in orphan ? { session_id: orphan.sessionId } : {}),
  };
  if (finalRefusals.has(reason)) {
    const fields = { metric: 'orphaned_checkout', action: 'leave', refunds: 0, refusal: reason, ...ids };
    log.error(
      'A checkout was paid for a user without records, and is not proven to be of this stage.',
      fields,
    );
    return;
  }
  throw new Fault({ code: 'unavailable', system: 'self', operation: 'end orphaned checkout', reason });
}
