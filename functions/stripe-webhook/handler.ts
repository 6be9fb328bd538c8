/** `POST /stripe/webhook`: raw body, verify, which customer, sync, answer. */
import { type Answer, json, problem } from '../../adapters/apigateway/answer.ts';
import { frontDoor, type HttpHandler } from '../../adapters/apigateway/front-door.ts';
import type { Request } from '../../adapters/apigateway/request.ts';
import { readEvent } from '../../adapters/stripe/read-event.ts';
import { isSigned } from '../../adapters/stripe/signature.ts';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import type { Secret } from '../../adapters/system/secret.ts';
import type { ChargeReader } from '../../core/billing/billing.ts';
import {
  endOrphanedCheckout,
  isOrphaned,
  type OrphanBilling,
} from '../../core/checkout/orphaned-checkout.ts';
import type { ChargeHint, Hint } from '../../core/sync/hint.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface Services {
  readonly webhookSecrets: Secret;
  readonly sync: WebhookServices;
  /** Whether the API key reaches live objects: events of the other mode are none of ours. */
  readonly livemode: boolean;
}

export interface HandlerParts {
  readonly clock: Clock;
  /** Throws a `ConfigurationError` where the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

type WebhookServices = Omit<SyncServices, 'log'> & { readonly billing: ChargeReader & OrphanBilling };

const received = json(200, { received: true });

export function createHandler({ clock, services }: HandlerParts): HttpHandler {
  const door = { clock, limitMs: 19_000, unavailable: 'unavailable' } as const;
  return frontDoor(door, async (request, log) => {
    const systems = await services();
    const { requestId } = request;
    if (!(await isGenuine(request, systems.webhookSecrets, clock))) {
      log.warn('A webhook without a valid signature.', { metric: 'webhook_signature_refused' });
      return problem('invalid_signature', { requestId });
    }
    const reading = readEvent(parse(request.body), systems);
    if (reading.kind === 'hint' || reading.kind === 'charge_hint') {
      const { eventId, eventType } = reading.hint;
      // In every line of this delivery, that of its failure too; the row's history names the event as well.
      log.learn({ event_id: eventId, event_type: eventType });
      const services = { ...systems.sync, log };
      return reading.kind === 'hint'
        ? carryOut(reading.hint, services)
        : carryOutCharge(reading.hint, services);
    }
    if (reading.kind === 'malformed') {
      log.warn('A signed webhook that is no Stripe event.', { metric: 'webhook_malformed' });
      return problem('malformed_request', { requestId });
    }
    const { why, eventId, eventType } = reading;
    log.info('Event needs nothing.', { metric: `webhook_${why}`, event_id: eventId, event_type: eventType });
    return received;
  });
}

async function isGenuine(request: Request, secrets: Secret, clock: Clock): Promise<boolean> {
  const header = request.header('stripe-signature');
  if (header === undefined || request.body.length === 0) return false;
  const signed = { body: request.body, header };
  const known = secretsIn(await secrets.read());
  if (known.length === 0) throw new ConfigurationError(['STRIPE_WEBHOOK_SECRET'], []);
  if (isSigned(signed, known, clock.nowMs())) return true;
  // The secret may have been rolled since it was read.
  return isSigned(signed, secretsIn(await secrets.reread()), clock.nowMs());
}

function secretsIn(list: string): readonly string[] {
  const secrets = list.split(',').map((secret) => secret.trim());
  return secrets.filter((secret) => secret !== '');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function carryOut(hint: Hint, services: WebhookServices & { readonly log: Log }): Promise<Answer> {
  const outcome = await createSync(services)(hint);
  const user = 'sub' in outcome ? { user_id: outcome.sub } : {};
  if (
    hint.checkout !== null &&
    outcome.kind !== 'unknown_customer' &&
    (await isOrphaned(services, outcome))
  ) {
    await endOrphanedCheckout(services, hint.checkout, outcome.sub);
  }
  const fields = { customer_id: hint.customerId };
  const written = outcome.kind === 'written' ? { status: outcome.status, tries: outcome.tries } : {};
  services.log.info('Event carried out.', { metric: `sync_${outcome.kind}`, ...fields, ...user, ...written });
  return received;
}

/** A dispute names its charge alone; whose it is, Stripe knows. */
async function carryOutCharge(
  hint: ChargeHint,
  services: WebhookServices & { readonly log: Log },
): Promise<Answer> {
  const customerId = await services.billing.customerOfCharge(hint.chargeId);
  if (customerId !== null) return carryOut({ ...hint, customerId }, services);
  services.log.info('Event needs nothing.', { metric: 'webhook_no_customer' });
  return received;
}
