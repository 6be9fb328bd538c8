/** Sends one request over HTTPS, or HTTP to a server on the same machine, with connections that stay open. */
import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { timeLimit } from '../../core/system/deadline.ts';
import { Fault } from '../../core/system/fault.ts';
import { abandonment, ensureTimeLeft } from '../system/deadline.ts';
import { withFreshConnections } from '../system/fresh-connections.ts';

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
  /** Whether the server had closed the connection, which was idle before. */
  readonly closed: boolean;
  /** The code of the system's error, such as `ECONNREFUSED`, if there was one. */
  readonly code: string | undefined;

  constructor(outcome: UnansweredOutcome, isReused: boolean, cause: unknown) {
    super(outcome === 'not_sent' ? 'The request was not sent.' : 'The request got no complete answer.', {
      cause,
    });
    this.name = 'Unanswered';
    this.outcome = outcome;
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    this.code = typeof code === 'string' ? code : undefined;
    this.closed = isReused && (code === 'ECONNRESET' || code === 'EPIPE');
  }
}

/** Sends within so many milliseconds, from the connection to the end of the answer. Throws an `Unanswered`, or a `Fault`. */
export type Send = (request: OutgoingRequest, timeoutMs: number) => Promise<Answer>;

/** The number of connections that the AWS SDK opens too. */
const agentOptions = { keepAlive: true, maxSockets: 50 } as const;

/** The greatest answers, pages of DynamoDB and Stripe, are a few megabytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** `maxBodyBytes`: a greater answer counts as none. */
export function connectTo({ protocol, hostname, port }: URL, maxBodyBytes = MAX_BODY_BYTES): Send {
  const isSecure = protocol === 'https:';
  const open = isSecure ? requestHttps : requestHttp;
  const address = {
    // Node connects to the address of IPv6, and a URL has it in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    agent: withFreshConnections(isSecure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions)),
  };
  return async ({ body, ...request }, timeoutMs) => {
    ensureTimeLeft('send request');
    const signal = abandonment();
    return new Promise((resolve, reject) => {
      let outcome: UnansweredOutcome = 'not_sent';
      const sent = open({ ...address, ...request }, (answer) => {
        readText(answer, maxBodyBytes).then(
          (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
          fail,
        );
      });
      // A request that waits for a connection reports its end only when it gets one, so it ends for the caller here.
      const end = (cause: Error) => {
        sent.destroy(cause);
        fail(cause);
      };
      const abandon = () => end(timeLimit('send request'));
      const timer = setTimeout(() => end(new Error('The time limit is exceeded.')), timeoutMs);
      function fail(cause: unknown): void {
        reject(cause instanceof Fault ? cause : new Unanswered(outcome, sent.reusedSocket, cause));
      }
      sent.once('socket', (socket) => {
        const connected = () => {
          outcome = 'no_answer';
        };
        if (sent.reusedSocket || !socket.connecting) connected();
        else socket.once(isSecure ? 'secureConnect' : 'connect', connected);
      });
      sent.on('error', fail);
      sent.once('close', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abandon);
      });
      signal?.addEventListener('abort', abandon, { once: true });
      sent.end(body);
    });
  };
}

async function readText(answer: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) answer.destroy(new Error('The answer is too large.'));
      else chunks.push(chunk);
    });
    answer.once('error', reject);
    answer.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
