/**
 * Sends requests to RevenueCat's REST API v2 (https://www.revenuecat.com/docs/api-v2). It waits for a rate limit (429) and a
 * locked customer (423) as long as RevenueCat asks, within limits.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Fault, type FaultCode } from '../../core/system/fault.ts';
import { parseJson, recordIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { abandonment, ensureTimeLeft } from '../system/deadline.ts';
import { withFreshConnections } from '../system/fresh-connections.ts';
import { httpDateMs } from '../system/http-date.ts';
import type { Pace } from '../system/pace.ts';
import type { Secret } from '../system/secret.ts';

export interface RevenueCatAccess {
  readonly apiKey: Secret;
  readonly projectId: string;
  /** Another server than RevenueCat's own, such as `http://host:port`. */
  readonly base: URL | undefined;
  readonly timeoutMs: number;
  /** How long one request may wait in total before it is sent again. */
  readonly maxWaitMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Limits when requests may be sent. */
  readonly pace?: Pace;
}

export interface RevenueCatAnswer {
  readonly body: UnknownRecord;
  /** Unix seconds by RevenueCat's clock, at or before the moment of the read. Null if the answer had no time. */
  readonly asOf: number | null;
}

export interface RevenueCatClient {
  /** `path` follows the project, such as `/customers/ID`. `missing`: 404. Throws a `Fault` for any other failure. */
  get(operation: string, path: string): Promise<RevenueCatAnswer | 'missing'>;
  delete(operation: string, path: string): Promise<'deleted' | 'missing'>;
}

const DEFAULT_BASE = new URL('https://api.revenuecat.com');
const MAX_TRIES = 4;
const FIRST_WAIT_MS = 500;
/** The greatest answer, a page of a hundred subscriptions, is about a tenth of it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export function createRevenueCat(access: RevenueCatAccess): RevenueCatClient {
  const base = access.base ?? DEFAULT_BASE;
  const isSecure = base.protocol === 'https:';
  const Agent = isSecure ? HttpsAgent : HttpAgent;
  const agent = withFreshConnections(new Agent({ keepAlive: true }));
  const transport: Transport = { base, agent, send: isSecure ? httpsRequest : httpRequest };
  const project = `/v2/projects/${encodeURIComponent(access.projectId)}`;
  const call = (method: Method, operation: string, path: string) =>
    callWithin(access, transport, { method, operation, path: `${project}${path}` });
  return {
    get: async (operation, path) => {
      const answer = await call('GET', operation, path);
      if (answer === 'missing') return answer;
      const body = recordIn(parseJson(answer.text));
      if (body === null) throw new Fault({ code: 'unknown_shape', system: 'revenuecat', operation });
      return { body, asOf: answer.asOf };
    },
    delete: async (operation, path) =>
      (await call('DELETE', operation, path)) === 'missing' ? 'missing' : 'deleted',
  };
}

type Method = 'GET' | 'DELETE';

interface Call {
  readonly method: Method;
  readonly operation: string;
  readonly path: string;
}

interface Transport {
  readonly base: URL;
  readonly agent: HttpAgent;
  readonly send: typeof httpRequest;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly asOf: number | null;
}

async function callWithin(
  access: RevenueCatAccess,
  transport: Transport,
  call: Call,
): Promise<Answer | 'missing'> {
  const { operation } = call;
  let waitedMs = 0;
  let key = await access.apiKey.read();
  for (let tries = 1; ; tries += 1) {
    await access.pace?.waitForTurn();
    const answer = await send(access, transport, { ...call, key });
    if (answer instanceof Fault && tries === MAX_TRIES) throw answer;
    if (!(answer instanceof Fault)) {
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status === 404) return 'missing';
      if (answer.status === 401) {
        // The key may have been rotated. A rejected request has had no effect.
        const fresh = await access.apiKey.reread();
        if (fresh === key || tries === MAX_TRIES) throw refusal(answer, operation, 'refused');
        key = fresh;
        continue;
      }
      if (!isTemporary(answer.status)) throw refusal(answer, operation, 'refused');
      if (tries === MAX_TRIES) throw refusal(answer, operation, 'unavailable');
    }
    const waitMs = waitBefore(answer, tries);
    waitedMs += waitMs;
    if (waitedMs > access.maxWaitMs) {
      throw answer instanceof Fault ? answer : refusal(answer, operation, 'unavailable');
    }
    access.pace?.backOff(waitMs);
    await access.sleep(waitMs);
  }
}

/** Locked by another operation, a rate limit, or a failure of RevenueCat. */
function isTemporary(status: number): boolean {
  return status === 423 || status === 429 || status === 409 || status >= 500;
}

function waitBefore(answer: Answer | Fault, tries: number): number {
  const ownMs = FIRST_WAIT_MS * 2 ** (tries - 1);
  if (answer instanceof Fault) return ownMs;
  const backoffMs = valueAt(recordIn(parseJson(answer.text)), 'backoff_ms');
  const retryAfter = Number(answer.headers['retry-after']);
  const asked = [backoffMs, retryAfter * 1_000].filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  );
  return Math.max(ownMs, ...asked);
}

/** The form of RevenueCat's error types. The reason is logged, so no other text passes. */
const ERROR_TYPE = /^[a-z_]{1,64}$/;

function refusal({ status, text }: Answer, operation: string, code: FaultCode): Fault {
  const type = textAt(recordIn(parseJson(text)), 'type') ?? '';
  const reason = ERROR_TYPE.test(type) ? type : undefined;
  return new Fault({ code, system: 'revenuecat', operation, statusCode: status, reason });
}

/** Returns the fault of a request that got no answer, since it may be sent again. */
async function send(
  access: RevenueCatAccess,
  { base, agent, send: open }: Transport,
  { method, operation, path, key }: Call & { readonly key: string },
): Promise<Answer | Fault> {
  ensureTimeLeft('send request');
  const signal = abandonment();
  const startedMs = performance.now();
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const sent = open(
        new URL(path, base),
        {
          method,
          agent,
          timeout: access.timeoutMs,
          headers: { Authorization: `Bearer ${key}`, Accept: 'application/json' },
          ...(signal === undefined ? {} : { signal }),
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_BODY_BYTES) response.destroy(new Error('The answer is too large.'));
            else chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const sentMs = httpDateMs(response.headers.date);
            const tookMs = performance.now() - startedMs;
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
              asOf: sentMs === null ? null : Math.floor(sentMs / 1000) - Math.floor(tookMs / 1000),
            });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('The request timed out.')));
      sent.on('error', reject);
      sent.end();
    });
  } catch (cause) {
    ensureTimeLeft('send request');
    return new Fault({ code: 'unavailable', system: 'revenuecat', operation }, { cause });
  }
}
