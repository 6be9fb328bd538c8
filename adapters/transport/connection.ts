/** Sends one request over HTTPS, or HTTP to a server on the same machine, with connections that stay open. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { timeLimit } from '../../core/system/deadline.ts';
import { Fault } from '../../core/system/fault.ts';
import { abandonment, ensureTimeLeft } from '../system/deadline.ts';
import { openEarly } from './early-connection.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The path with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** The names are in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `not_sent`: no part of the request has left this process. `no_answer`: the server may have carried it out. */
export type UnansweredOutcome = 'not_sent' | 'no_answer';

/** A request without a complete answer. */
export class Unanswered extends Error {
  readonly outcome: UnansweredOutcome;
  /** Whether the server had closed the connection, which was idle before: nothing of an answer has arrived. */
  readonly closed: boolean;
  /** The code of the system's error, such as `ECONNREFUSED`, if there was one. */
  readonly code: string | undefined;

  constructor(outcome: UnansweredOutcome, wasIdle: boolean, cause: unknown) {
    super(outcome === 'not_sent' ? 'The request was not sent.' : 'The request got no complete answer.', {
      cause,
    });
    this.name = 'Unanswered';
    this.outcome = outcome;
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    this.code = typeof code === 'string' ? code : undefined;
    this.closed = wasIdle && (code === 'ECONNRESET' || code === 'EPIPE');
  }
}

/** Sends within so many milliseconds, from the connection to the end of the answer. Throws an `Unanswered`, or a `Fault`. */
export type Send = (request: OutgoingRequest, timeoutMs: number) => Promise<Answer>;

export interface ConnectionOptions {
  /** A greater answer counts as none. */
  readonly maxBodyBytes?: number;
  /** Whether connections stay open for further requests. Default: they do. */
  readonly keepAlive?: boolean;
  /** Whether to open a connection now. */
  readonly opensEarly?: boolean;
}

/** The number of connections that the AWS SDK opens too. */
const MAX_SOCKETS = 50;

/** The greatest answers, pages of DynamoDB and Stripe, are a few megabytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export function connectTo({ protocol, hostname, port }: URL, options: ConnectionOptions = {}): Send {
  const { maxBodyBytes = MAX_BODY_BYTES, keepAlive = true, opensEarly = false } = options;
  const isSecure = protocol === 'https:';
  // Only a server on the same machine is called without TLS.
  const { Agent, request: open } = isSecure ? https : process.getBuiltinModule('node:http');
  const agent = new Agent({ keepAlive, maxSockets: MAX_SOCKETS });
  // Node connects to the address of IPv6, and a URL has it in brackets.
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port) };
  const isEarly = isSecure && opensEarly ? openEarly(agent, address) : () => false;
  return async ({ method, path, headers, body }, timeoutMs) => {
    ensureTimeLeft('send request');
    const abandoned = abandonment();
    return new Promise((resolve, reject) => {
      let outcome: UnansweredOutcome = 'not_sent';
      let readBefore = 0;
      const sent = opened(() => open({ ...address, agent, method, path, headers }));
      if (sent instanceof Unanswered) return reject(sent);
      const fail = (cause: unknown): void => {
        const { socket, reusedSocket } = sent;
        const wasIdle = (reusedSocket || isEarly(socket)) && socket?.bytesRead === readBefore;
        reject(cause instanceof Fault ? cause : new Unanswered(outcome, wasIdle, cause));
      };
      // A request that waits for a connection reports its end only when it gets one, so it ends for the caller here.
      const end = (cause: Error) => {
        sent.destroy(cause);
        fail(cause);
      };
      const timer = setTimeout(() => end(new Error('The time limit is exceeded.')), timeoutMs);
      const leave = abandoned?.onAbort(() => end(timeLimit('send request')));
      sent.once('response', (answer: IncomingMessage) => {
        const { statusCode: status = 0, headers: received } = answer;
        const done = (text: string) => resolve({ status, headers: received, text });
        readText(answer, maxBodyBytes, { done, fail });
      });
      sent.once('socket', (socket) => {
        readBefore = socket.bytesRead;
        whenOpen(socket, () => {
          outcome = 'no_answer';
        });
      });
      sent.on('error', (cause) => {
        if (sent.reusedSocket) closeIdle(agent);
        fail(cause);
      });
      sent.once('close', () => {
        clearTimeout(timer);
        leave?.();
      });
      sent.end(body);
    });
  };
}

/** Node throws at once for what no request may have, such as a line break in a header. */
function opened<R>(open: () => R): R | Unanswered {
  try {
    return open();
  } catch (cause) {
    return new Unanswered('not_sent', false, cause);
  }
}

function whenOpen(socket: Socket | TLSSocket, then: () => void): void {
  const isOpen = !socket.connecting && !('secureConnecting' in socket && socket.secureConnecting === true);
  if (isOpen) then();
  else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', then);
}

/**
 * While Lambda keeps a process frozen, servers close its idle connections, and the process notices only when it writes to
 * one. Each further attempt would take the next dead one, so after such a failure the next attempt opens a new one. The agent
 * skips closed connections, also before it has noticed that they are closed.
 */
function closeIdle({ freeSockets }: Agent): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

interface Reader {
  readonly done: (text: string) => void;
  readonly fail: (cause: unknown) => void;
}

function readText(answer: IncomingMessage, maxBytes: number, { done, fail }: Reader): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) answer.destroy(new Error('The answer is too large.'));
    else chunks.push(chunk);
  });
  answer.once('error', fail);
  answer.once('end', () => {
    const [first] = chunks;
    const whole = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    done(whole.toString('utf8'));
  });
}
