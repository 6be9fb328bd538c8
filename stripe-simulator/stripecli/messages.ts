/** The messages that the Stripe CLI and its server exchange, one JSON object in each WebSocket message. */

/** Sent for each event, once in the account's version and once in the newest one. The CLI shows one of the two. */
export interface WebhookMessage {
  readonly conversation: string;
  readonly listener: string;
  /** Null: the account's own version. */
  readonly apiVersion: string | null;
  /** The event as it is signed. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function webhookMessage(message: WebhookMessage): string {
  return JSON.stringify({
    type: 'webhook_event',
    endpoint: { api_version: message.apiVersion },
    event_payload: message.body,
    http_headers: message.headers,
    webhook_conversation_id: message.conversation,
    webhook_id: message.listener,
  });
}

/** What `stripe logs tail` shows of a request. */
export interface RequestLog {
  /** In Unix seconds. */
  readonly created_at: number;
  readonly livemode: false;
  readonly method: string;
  readonly request_id: string;
  readonly status: number;
  /** The path, without its query. */
  readonly url: string;
  readonly error: Readonly<Record<string, unknown>>;
}

export function requestLogMessage(id: string, log: RequestLog): string {
  return JSON.stringify({
    type: 'request_log_event',
    request_log_id: id,
    event_payload: JSON.stringify(log),
  });
}

export type FromCli =
  | { readonly kind: 'received'; readonly conversation: string }
  | {
      readonly kind: 'answered';
      readonly conversation: string;
      readonly url: string;
      readonly status: number;
    };

/** Returns undefined for a message that means nothing here. */
export function parseFromCli(text: string): FromCli | undefined {
  const message = parseObject(text);
  const { type, webhook_conversation_id: conversation } = message;
  if (typeof conversation !== 'string' || conversation === '') return undefined;
  if (type === 'event_ack') return { kind: 'received', conversation };
  const { status, forward_url: url } = message;
  if (type !== 'webhook_response' || typeof status !== 'number' || typeof url !== 'string') return undefined;
  return { kind: 'answered', conversation, url, status };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
