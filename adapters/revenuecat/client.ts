/**
 * Sends requests to RevenueCat's REST API v2 (https://www.revenuecat.com/docs/api-v2). It waits for a rate limit (429) and a
 * locked customer (423) as long as RevenueCat asks, within limits.
 */

import { Fault, type FaultCode } from '../../core/system/fault.ts';
import { parseJson, recordIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import type { Refusal } from '../../core/system/refusal.ts';
import { repetitions } from '../system/deadline.ts';
import { httpDateMs } from '../system/http-date.ts';
import type { Pace } from '../system/pace.ts';
import type { Secret } from '../system/secret.ts';
import { type Answer, connectTo, type Send, Unanswered } from '../transport/connection.ts';

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
/** The greatest answer, a page of a hundred subscriptions, is about a tenth of it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const FIRST_WAIT_MS = 500;

export function createRevenueCat(access: RevenueCatAccess): RevenueCatClient {
  const connection = connectTo(access.base ?? DEFAULT_BASE, { maxBodyBytes: MAX_BODY_BYTES });
  const project = `/v2/projects/${encodeURIComponent(access.projectId)}`;
  const call = (method: Method, operation: string, path: string) =>
    callWithin(access, connection, { method, operation, path: `${project}${path}` });
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

interface TimedAnswer extends Answer {
  readonly asOf: number | null;
}

async function callWithin(
  access: RevenueCatAccess,
  connection: Send,
  call: Call,
): Promise<TimedAnswer | 'missing'> {
  const { operation } = call;
  const budget = repetitions();
  let waitedMs = 0;
  let key = await access.apiKey.read();
  for (let tries = 1; ; tries += 1) {
    await access.pace?.waitForTurn();
    const answer = await send(access, connection, { ...call, key });
    if (answer instanceof Fault && tries === MAX_TRIES) throw answer;
    if (!(answer instanceof Fault)) {
      if (answer.status >= 200 && answer.status < 300) {
        if (tries === 1) budget?.add();
        return answer;
      }
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
    if (waitedMs > access.maxWaitMs || budget?.take() === false) {
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

function waitBefore(answer: TimedAnswer | Fault, tries: number): number {
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
  const keyRefused = code === 'refused' && (status === 401 || status === 403);
  return new Fault({
    code,
    system: 'revenuecat',
    operation,
    statusCode: status,
    reason,
    refusal: keyRefused ? keyRefusal : undefined,
  });
}

const keyRefusal: Refusal = {
  kind: 'installation',
  setting: 'REVENUECAT_API_KEY',
  fix: 'Store a secret key of API v2 with the permissions that docs/deploy.md lists.',
};

/** Returns the fault of a request that got no answer, since it may be sent again. */
async function send(
  access: RevenueCatAccess,
  connection: Send,
  { method, operation, path, key }: Call & { readonly key: string },
): Promise<TimedAnswer | Fault> {
  const startedMs = performance.now();
  const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
  try {
    const answer = await connection({ method, path, headers }, access.timeoutMs);
    const sentMs = httpDateMs(answer.headers.date);
    const tookMs = performance.now() - startedMs;
    return {
      ...answer,
      asOf: sentMs === null ? null : Math.floor(sentMs / 1000) - Math.floor(tookMs / 1000),
    };
  } catch (cause) {
    // The work was given up.
    if (cause instanceof Fault) throw cause;
    const reason = cause instanceof Unanswered ? cause.outcome : undefined;
    return new Fault({ code: 'unavailable', system: 'revenuecat', operation, reason }, { cause });
  }
}
