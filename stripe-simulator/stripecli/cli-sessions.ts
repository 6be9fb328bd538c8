/**
 * The sessions of the Stripe CLI: `stripe listen` receives the events, and `stripe logs tail` the requests. A session is in
 * memory only, because a CLI that has lost its session opens another one by itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import { signatureHeader } from '../events/signature.ts';
import { deliveryId } from '../model/delivery-id.ts';
import type { Delivery, EventRecord } from '../model/event.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { renderEvent } from '../render/render-event.ts';
import type { Store } from '../store/store.ts';
import { DEFAULT_API_VERSION } from '../world/world.ts';
import { isSelected, parseFilters } from './log-filters.ts';
import { parseFromCli, type RequestLog, requestLogMessage, webhookMessage } from './messages.ts';

/** Stripe's features that have a meaning here. */
const features = ['webhooks', 'request_logs'] as const;
type Feature = (typeof features)[number];

const MAX_SESSIONS = 64;
/** Messages that a CLI has not confirmed, which are sent again when it connects again. */
const MAX_UNCONFIRMED = 1_000;
const MAX_ATTEMPTS_KEPT = 20;

export interface CliSocket {
  send(message: string): void;
  close(): void;
}

export interface CliSession {
  readonly id: string;
  readonly feature: Feature;
  readonly secret: string;
  readonly filters: ReturnType<typeof parseFilters>;
  socket: CliSocket | undefined;
  readonly unconfirmed: Map<string, string>;
  /** The events by the conversation in which they were sent. */
  readonly events: Map<string, EventRecord>;
}

export interface CliSettings {
  readonly store: Store;
  readonly seconds: () => number;
  /** The time in signatures. */
  readonly signedAtMs: () => number;
  /** The API version of the account. */
  readonly apiVersion: string;
  /** Resolves once every change is stored: a listener must not learn of what can still be lost. */
  readonly stored: () => Promise<void>;
}

export class CliSessions {
  readonly #settings: CliSettings;
  readonly #sessions = new Map<string, CliSession>();

  constructor(settings: CliSettings) {
    this.#settings = settings;
  }

  /** Throws a `StripeError` for what cannot be listened to, or if too many CLIs are connected. */
  open(asked: {
    readonly device: string;
    readonly features: readonly string[];
    readonly filters: string | undefined;
  }): CliSession {
    const feature = features.find((name) => asked.features.includes(name));
    if (feature === undefined) {
      const message = `The simulator serves the WebSocket features ${features.join(' and ')} only.`;
      throw new StripeError({ status: 400, type: 'invalid_request_error', message });
    }
    this.#makeRoom();
    const session: CliSession = {
      id: `cliws_${randomBytes(12).toString('hex')}`,
      feature,
      secret: secretOf(asked.device),
      filters: parseFilters(asked.filters),
      socket: undefined,
      unconfirmed: new Map(),
      events: new Map(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** A CLI that connects again replaces its former connection. Returns false for an unknown session. */
  connect(id: string, socket: CliSocket): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.socket?.close();
    session.socket = socket;
    for (const message of session.unconfirmed.values()) socket.send(message);
    return true;
  }

  disconnect(id: string, socket: CliSocket): void {
    const session = this.#sessions.get(id);
    if (session?.socket === socket) session.socket = undefined;
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** Sends the event to everyone who listens, or to one of them. Returns to how many. */
  forward(event: EventRecord, to?: string): number {
    const listening = [...this.#sessions.values()].filter(
      ({ id, feature, socket, unconfirmed }) =>
        feature === 'webhooks' &&
        (to === undefined || to === id) &&
        (socket !== undefined || unconfirmed.size > 0),
    );
    if (listening.length > 0) void this.#sendStored(event, listening);
    return listening.length;
  }

  /** Shows the request to every `stripe logs tail`. */
  log(entry: () => RequestLog): void {
    const tails = [...this.#sessions.values()].filter(
      ({ feature, socket }) => feature === 'request_logs' && socket !== undefined,
    );
    if (tails.length === 0) return;
    const log = entry();
    for (const { socket, filters } of tails) {
      if (isSelected(filters, log)) {
        socket?.send(requestLogMessage(`resp_${randomBytes(12).toString('hex')}`, log));
      }
    }
  }

  receive(id: string, text: string): void {
    const session = this.#sessions.get(id);
    const message = parseFromCli(text);
    const event = message && session?.events.get(message.conversation);
    if (session === undefined || message === undefined || event === undefined) return;
    session.unconfirmed.delete(message.conversation);
    if (message.kind === 'answered') this.#record(session, event, message);
  }

  /** Forgets what is under way. The connections remain. */
  reset(): void {
    for (const { unconfirmed, events } of this.#sessions.values()) {
      unconfirmed.clear();
      events.clear();
    }
  }

  close(): void {
    for (const { socket } of this.#sessions.values()) socket?.close();
    this.#sessions.clear();
  }

  async #sendStored(event: EventRecord, listening: readonly CliSession[]): Promise<void> {
    try {
      await this.#settings.stored();
    } catch {
      // The change is lost, and its request was answered so. Whoever started the simulator hears of it.
      return;
    }
    if (this.#settings.store.events.get(event.id) === undefined) return;
    for (const session of listening) {
      for (const apiVersion of [null, DEFAULT_API_VERSION]) this.#send(session, event, apiVersion);
    }
  }

  #send(session: CliSession, event: EventRecord, apiVersion: string | null): void {
    const { store, signedAtMs, apiVersion: ownVersion } = this.#settings;
    const version = apiVersion ?? ownVersion;
    const body = JSON.stringify(renderEvent(event, { store, version }), null, 2);
    const conversation = `wc_${randomBytes(12).toString('hex')}`;
    const signature = signatureHeader({
      body,
      secrets: [session.secret],
      seconds: Math.floor(signedAtMs() / 1000),
    });
    const message = webhookMessage({
      conversation,
      listener: session.id,
      apiVersion,
      body,
      headers: {
        Accept: '*/*; q=0.5, application/xml',
        'Cache-Control': 'no-cache',
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': signature,
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
    });
    keepNewest(session.unconfirmed, conversation, message);
    keepNewest(session.events, conversation, event);
    session.socket?.send(message);
  }

  #record(session: CliSession, event: EventRecord, answer: { url: string; status: number }): void {
    const { store, seconds } = this.#settings;
    if (store.events.get(event.id) === undefined) return;
    const id = deliveryId(event.id, session.id);
    const attempts = [
      ...(store.deliveries.get(id)?.attempts ?? []),
      { at: seconds(), status: answer.status, error: null },
    ].slice(-MAX_ATTEMPTS_KEPT);
    const state: Delivery['state'] = answer.status >= 200 && answer.status < 300 ? 'succeeded' : 'failed';
    store.deliveries.put({
      id,
      event: event.id,
      type: event.type,
      endpoint: session.id,
      url: answer.url,
      state,
      attempts,
    });
  }

  /** Sessions that were opened for their secret alone never connect. */
  #makeRoom(): void {
    if (this.#sessions.size < MAX_SESSIONS) return;
    const [idle] = [...this.#sessions.values()].filter(({ socket }) => socket === undefined);
    if (idle === undefined) {
      const message = `The simulator serves ${MAX_SESSIONS} sessions of the Stripe CLI at a time. Close some of them.`;
      throw new StripeError({ status: 429, type: 'invalid_request_error', message });
    }
    this.#sessions.delete(idle.id);
  }
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= MAX_UNCONFIRMED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** The same for every start on the same machine, so that it can stay in an environment file. */
function secretOf(device: string): string {
  return `whsec_${createHash('sha256').update(`stripe listen on ${device}`).digest('hex')}`;
}
