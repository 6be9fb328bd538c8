/** Sends an event to one receiver, in the form that it asks for. */
import type { Delivery, EventRecord } from '../model/event.ts';
import type { JsonObject } from '../render/json.ts';
import { renderEvent } from '../render/render-event.ts';
import { PING_TYPE, renderThinEvent } from '../render/render-thin-event.ts';
import type { Store } from '../store/store.ts';
import { activeSecrets } from '../webhook-endpoints/signing-secrets.ts';
import { envelopeOf, putOnBus } from './event-bus.ts';
import { type PostOutcome, post } from './post.ts';
import type { Receiver } from './receivers.ts';
import { signatureHeader } from './signature.ts';

export interface SendingSettings {
  readonly store: Store;
  readonly seconds: () => number;
  /** The time in signatures, and the version for endpoints that name none. */
  readonly signedAtMs: () => number;
  readonly apiVersion: string;
  readonly timeoutMs: number;
  /** A URL or a file, in place of the event bus that EventBridge destinations send to. */
  readonly eventBus: string | undefined;
}

interface Outgoing {
  readonly row: Delivery;
  readonly event: EventRecord;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** How long ago the signature says that it was made. */
  readonly ageSeconds: number;
  readonly started: (abort: () => void) => void;
}

export function sendTo(
  receiver: Receiver,
  outgoing: Outgoing,
  settings: SendingSettings,
): Promise<PostOutcome> {
  const { row, event, started } = outgoing;
  const { timeoutMs, eventBus } = settings;
  const content = contentFor(receiver, outgoing, settings);
  if (receiver.eventSource === undefined) {
    const body = JSON.stringify(content, null, 2);
    return post({ url: row.url, body, timeoutMs, headers: headersOf(body, outgoing, settings), started });
  }
  const envelope = { id: row.id, type: row.type, seconds: event.created, detail: content };
  return putOnBus(envelopeOf(envelope, receiver.eventSource), { target: eventBus, timeoutMs, started });
}

function contentFor(
  receiver: Receiver,
  { event, row }: Outgoing,
  { store, apiVersion }: SendingSettings,
): JsonObject {
  const isThin = receiver.payload === 'thin' || row.type === PING_TYPE;
  if (isThin) return renderThinEvent({ record: event, type: row.type });
  return renderEvent(event, { store, version: receiver.version ?? apiVersion });
}

function headersOf(
  body: string,
  { row, headers, ageSeconds }: Outgoing,
  { store, seconds, signedAtMs }: SendingSettings,
): Readonly<Record<string, string>> {
  const secrets = activeSecrets(store, row.endpoint, seconds());
  const signedAt = Math.floor(signedAtMs() / 1000) - ageSeconds;
  return {
    ...headers,
    Accept: '*/*; q=0.5, application/xml',
    'Cache-Control': 'no-cache',
    'Content-Type': 'application/json; charset=utf-8',
    'Stripe-Signature': signatureHeader({ body, secrets, seconds: signedAt }),
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
}
