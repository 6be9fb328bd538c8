/** An HTTP server that answers as a test says, and records what it was asked. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly route: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, and anything else as JSON. */
  readonly body?: unknown;
  /** The connection is cut instead. */
  readonly cut?: boolean;
}

export interface ScriptedApi {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Decides on every further request. The number counts the requests so far. */
  answerWith(answer: (asked: Asked, index: number) => Answer | Promise<Answer>): void;
  /** Resolves when so many requests have arrived. */
  requests(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startScriptedApi(): Promise<ScriptedApi> {
  const asked: Asked[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let decide: (asked: Asked, index: number) => Answer | Promise<Answer> = () => ({ status: 404, body: {} });
  const server: Server = createServer((request, response) => {
    void (async () => {
      const one = await askedBy(request);
      asked.push(one);
      for (const { count, resolve } of waiting) if (asked.length >= count) resolve();
      const { status = 200, headers = {}, body = {}, cut = false } = await decide(one, asked.length - 1);
      if (cut) return request.socket.destroy();
      // Pages of another origin may read the answers.
      const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
      response.writeHead(status, { 'content-type': 'application/json', ...cors, ...headers });
      return response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answerWith: (next) => {
      asked.length = 0;
      decide = next;
    },
    requests: (count) =>
      new Promise((resolve) => {
        if (asked.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    route: `${request.method} ${request.url}`,
    token: request.headers.authorization?.replace('Bearer ', ''),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Returns a token with these claims. Its signature is never checked here. */
export function tokenWith(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.x`;
}

export const subscriber = {
  status: 'active',
  plan: 'price_pro',
  quantity: 1,
  add_ons: [],
  current_period_end: 1_798_761_600,
  trial_expires_at: null,
  trial_started_at: null,
  trial_active: false,
  trial_days_remaining: 0,
  access_granted: true,
  access_reason: 'active_subscription',
  cancel_at_period_end: false,
  cancel_at: null,
  features: ['export'],
  source: 'stripe',
  manage_url: null,
  payment_pending: false,
  updated_at: '2026-11-28T09:30:00.000Z',
  billing_notices: [],
} as const;

export function problem(status: number, code: string): Answer {
  const body = { type: 'about:blank', title: `A ${code}.`, error: `A ${code}.`, status, code };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}
