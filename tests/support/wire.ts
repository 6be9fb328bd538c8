/** A wire is a proxy between a function and one of the systems. It records every call and can make calls fail. */
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { answerFrom } from './in-process.ts';

export type WireFault =
  | 'server_error'
  | 'throttled'
  /** The key or role lacks the permission. */
  | 'forbidden'
  /** The connection breaks before the call reaches the system. */
  | 'reset_before'
  /** The system carries out the call, but its response never arrives. */
  | 'reset_after'
  | 'hang';

/** Ends the calling process during the call: before the call reaches the system, or after it has taken effect. */
export interface Interruption {
  readonly when: 'before' | 'after';
  /** Ends the calling process, and resolves when it has exited. */
  readonly end: () => Promise<void>;
}

export interface Call {
  /** `POST /v1/customers`, or an AWS operation such as `GetItem`. */
  readonly name: string;
  /** The path with its query, as the function sent it. */
  readonly url: string;
  readonly body: string;
  /** The function that makes the call, if the AWS SDK names it. */
  readonly caller: string | null;
}

export type FaultRule = (call: Call, number: number) => WireFault | Interruption | undefined;

export interface Wire {
  readonly url: string;
  /** All calls since the start or the last `clear`. */
  readonly calls: readonly Call[];
  names(): readonly string[];
  clear(): void;
  /** Sets the rule that decides which calls fail. It numbers calls from 1. */
  fail(rule: FaultRule): void;
  stopFailing(): void;
  /** Overrides this header in every later request. */
  setHeader(name: string, value: string): void;
  /** Keeps the next call of this name, and with this text in its body, from reaching its system until it is released. */
  holdNext(name: string, text?: string): Hold;
  close(): Promise<void>;
}

export interface Hold {
  /** Resolves when the call has arrived. */
  readonly reached: Promise<void>;
  release(): void;
}

export interface WireOptions {
  /** Calls for which this returns `false` are rejected, as IAM rejects them. */
  readonly permits?: (call: Call) => boolean;
}

/** `target`: the address of a server, or a server of this process. */
export async function openWire(
  target: string | RequestListener,
  { permits = () => true }: WireOptions = {},
): Promise<Wire> {
  const agent = new Agent({ keepAlive: true });
  const passOn = typeof target === 'string' ? forwardTo(target, agent) : passTo(target);
  const calls: Call[] = [];
  let rule: FaultRule = () => undefined;
  let number = 0;
  const overrides: Record<string, string> = {};
  const holds: {
    readonly name: string;
    readonly text: string;
    readonly reach: () => void;
    readonly released: Promise<void>;
  }[] = [];
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const call = {
      name: nameOf(incoming),
      url: incoming.url ?? '',
      body: body.toString('utf8'),
      caller: /\bapp\/(?<name>[\w-]+)/.exec(incoming.headers['user-agent'] ?? '')?.groups?.['name'] ?? null,
    };
    calls.push(call);
    if (!permits(call)) return fails('forbidden', incoming, outgoing);
    number += 1;
    const fault = rule(call, number);
    const held = holds.findIndex((hold) => hold.name === call.name && call.body.includes(hold.text));
    for (const hold of held < 0 ? [] : holds.splice(held, 1)) {
      hold.reach();
      await hold.released;
    }
    if (typeof fault === 'object' && fault.when === 'before') {
      await fault.end();
      incoming.socket.destroy();
      return;
    }
    if (typeof fault === 'string' && fault !== 'reset_after') return fails(fault, incoming, outgoing);
    const answer = await passOn(incoming, { ...incoming.headers, ...overrides }, body);
    if (fault !== undefined) {
      if (typeof fault === 'object') await fault.end();
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.status, answer.headers);
    outgoing.end(answer.body);
  };
  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    names: () => calls.map((call) => call.name),
    clear: () => calls.splice(0),
    fail: (next) => {
      rule = next;
      number = 0;
    },
    stopFailing: () => {
      rule = () => undefined;
    },
    setHeader: (name, value) => {
      overrides[name] = value;
    },
    holdNext: (name, text = '') => {
      const reached = deferred();
      const released = deferred();
      holds.push({ name, text, reach: reached.resolve, released: released.promise });
      return { reached: reached.promise, release: released.resolve };
    },
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Fails only the first call with this name. */
export function firstOf(name: string, fault: WireFault): FaultRule {
  let done = false;
  return (call) => {
    if (done || call.name !== name) return undefined;
    done = true;
    return fault;
  };
}

export function everyOf(name: string, fault: WireFault): FaultRule {
  return (call) => (call.name === name ? fault : undefined);
}

function nameOf(incoming: IncomingMessage): string {
  const target = incoming.headers['x-amz-target'];
  if (typeof target === 'string') return target.replace(/^.*\./, '');
  return `${incoming.method} ${(incoming.url ?? '').replace(/\?.*$/, '')}`;
}

const refusals = {
  server_error: { word: 'InternalServerError', ofAws: 500, ofStripe: 500 },
  throttled: { word: 'ThrottlingException', ofAws: 400, ofStripe: 429 },
  forbidden: { word: 'AccessDeniedException', ofAws: 400, ofStripe: 403 },
} as const;

function fails(
  fault: Exclude<WireFault, 'reset_after'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (fault === 'hang') return;
  if (fault === 'reset_before') {
    incoming.socket.destroy();
    return;
  }
  const aws = incoming.headers['x-amz-target'] !== undefined;
  const { word, ofAws, ofStripe } = refusals[fault];
  const status = aws ? ofAws : ofStripe;
  const body = aws ? { __type: word, message: word } : { error: { type: 'api_error', message: word } };
  outgoing.writeHead(status, { 'content-type': aws ? 'application/x-amz-json-1.0' : 'application/json' });
  outgoing.end(JSON.stringify(body));
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

type PassOn = (incoming: IncomingMessage, headers: IncomingHttpHeaders, body: Buffer) => Promise<Answer>;

function passTo(listener: RequestListener): PassOn {
  return ({ method = 'GET', url = '/' }, headers, body) =>
    answerFrom(listener, { method, path: url, headers, body });
}

function forwardTo(targetUrl: string, agent: Agent): PassOn {
  return ({ method = 'GET', url = '/' }, headers, body) =>
    new Promise((resolve, reject) => {
      const target = new URL(url, targetUrl);
      const onward = request(
        target,
        { agent, method, headers: { ...headers, host: target.host } },
        (answer) => {
          buffer(answer).then((received) => {
            resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: received });
          }, reject);
        },
      );
      onward.on('error', reject);
      onward.end(body);
    });
}
