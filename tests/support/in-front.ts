/** A proxy that answers some calls itself, or changes the responses of the server behind it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface FrontRules {
  readonly date?: string;
  /** Returns the status and body for this path, or `undefined` to forward the call. */
  readonly answer?: (path: string, headers: IncomingHttpHeaders) => [number, object] | undefined;
  /** Changes the response to an AWS operation, such as `GetItem`. */
  readonly aws?: (target: string, answer: Reply) => Reply;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Front {
  readonly url: string;
  close(): void;
}

/** `of` is the server behind it; as a function, it is evaluated at each call, for a server that has no URL yet. */
export async function inFront(of: string | (() => string), rules: FrontRules): Promise<Front> {
  const server = createServer((incoming, outgoing) => {
    const answered = rules.answer?.(incoming.url ?? '', incoming.headers);
    if (answered !== undefined) {
      outgoing
        .writeHead(answered[0], { 'content-type': 'application/json' })
        .end(JSON.stringify(answered[1]));
      return;
    }
    const pass = async () => {
      const { method = 'GET', headers, url = '/' } = incoming;
      const sent = await buffer(incoming);
      const body = sent.length > 0 && method !== 'GET' ? new Uint8Array(sent) : null;
      const reply = await fetch(new URL(url, typeof of === 'string' ? of : of()), {
        method,
        headers: onward(headers),
        body,
      });
      const text = await reply.text();
      const target = String(headers['x-amz-target'] ?? '').replace(/^.*\./, '');
      const changed =
        rules.aws === undefined
          ? { status: reply.status, text }
          : changedBy(rules.aws, target, { status: reply.status, text });
      const date = rules.date ?? reply.headers.get('date') ?? '';
      const type = reply.headers.get('content-type') ?? 'application/json';
      outgoing.writeHead(changed.status, { 'content-type': type, date }).end(changed.text);
    };
    pass().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function changedBy(
  change: NonNullable<FrontRules['aws']>,
  target: string,
  { status, text }: { readonly status: number; readonly text: string },
) {
  const changed = change(target, { status, body: JSON.parse(text) as Record<string, unknown> });
  return { status: changed.status, text: JSON.stringify(changed.body) };
}

/** Returns the headers without those that the new connection sets itself. */
function onward(headers: IncomingHttpHeaders): Record<string, string> {
  const own = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
