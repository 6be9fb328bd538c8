/**
 * Responds to API requests: authenticates, finds the route, replays or executes, and renders for the requested version.
 */
import type { IncomingMessage } from 'node:http';
import type { Chaos } from '../chaos/chaos.ts';
import type { SimulatorObserver } from '../options.ts';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { checkedVersion } from '../protocol/api-version.ts';
import { checkForm, readBody } from '../protocol/body.ts';
import { decodeForm, type FormObject } from '../protocol/form.ts';
import { matchRoute, type Route } from '../protocol/route.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import {
  checkApiKey,
  checkEphemeralKey,
  ephemeralKeyOf,
  hasPublishableKey,
  secretKeyRequired,
} from './authentication.ts';
import { type Execution, execute } from './execution.ts';
import { answerWithFault, type StoredFailure, serverError, storedAnswer } from './fault.ts';
import { fingerprintOf, type IdempotencyKeys } from './idempotency.ts';
import type { RateLimits } from './rate-limits.ts';
import { decodeJson, errorAnswerOfV2, isV2 } from './v2.ts';

export interface ApiSettings {
  readonly world: World;
  readonly routes: readonly Route[];
  readonly keys: IdempotencyKeys;
  readonly keysV2: IdempotencyKeys;
  readonly apiKeys: readonly string[] | undefined;
  readonly chaos: Chaos;
  readonly rateLimits: RateLimits | undefined;
  readonly lenient: boolean;
  readonly watchParameters: SimulatorObserver['parameters'];
}

interface Call {
  readonly requestId: string;
  readonly idempotencyKey: string | null;
  readonly version: string;
  readonly statedVersion: string | null;
  readonly isPublishable: boolean;
  /** An injected fault that hits the request once its execution has begun. */
  readonly failure: StoredFailure | undefined;
}

export async function answerApi(settings: ApiSettings, request: IncomingMessage): Promise<Answer> {
  const requestId = settings.world.ids.next('req_');
  const hasKey = request.method === 'POST' || (request.method === 'DELETE' && isV2(request.url ?? ''));
  const idempotencyKey = hasKey ? headerOf(request, 'idempotency-key') : null;
  const statedVersion = headerOf(request, 'stripe-version');
  const version = statedVersion ?? settings.world.apiVersion;
  const isPublishable = hasPublishableKey(request.headers);
  const call = { requestId, idempotencyKey, version, statedVersion, isPublishable, failure: undefined };
  const answer = await answerOrError(settings, request, call);
  const common: Record<string, string> = {
    'Request-Id': requestId,
    'Stripe-Version': version,
    'Cache-Control': 'no-cache, no-store',
  };
  if (idempotencyKey !== null) common['Idempotency-Key'] = idempotencyKey;
  return { ...answer, headers: { ...answer.headers, ...common } };
}

async function answerOrError(settings: ApiSettings, request: IncomingMessage, call: Call): Promise<Answer> {
  try {
    checkApiKey(request.headers, { allowed: settings.apiKeys, expired: settings.world.account.expiredKeys });
    checkedVersion(call.version);
    const method = request.method ?? 'GET';
    const { path } = splitTarget(request.url ?? '/');
    // Stripe applies rate limits before it looks up the idempotency key.
    settings.rateLimits?.check(method, path);
    return await answerWithFault(settings.chaos.forRequest(method, path), (failure) =>
      answerClaimed(settings, request, { ...call, failure }),
    );
  } catch (error) {
    const shown = withMode(error, settings.world.account.liveModeIds);
    return errorAnswer(shown, { requestId: call.requestId, path: request.url ?? '' });
  }
}

async function answerClaimed(settings: ApiSettings, request: IncomingMessage, call: Call): Promise<Answer> {
  const key = call.idempotencyKey;
  if (key === null) return answerRoute(settings, request, call);
  const keys = keysFor(settings, request.url ?? '');
  keys.claim(key);
  try {
    return await answerRoute(settings, request, call);
  } finally {
    keys.release(key);
  }
}

function keysFor({ keys, keysV2 }: ApiSettings, path: string): IdempotencyKeys {
  return isV2(path) ? keysV2 : keys;
}

async function answerRoute(settings: ApiSettings, request: IncomingMessage, call: Call): Promise<Answer> {
  const method = request.method ?? 'GET';
  const target = splitTarget(request.url ?? '/');
  // A GET with an empty id reads the list, as it does with Stripe.
  const path = method === 'GET' ? target.path.replace(/\/$/, '') : target.path;
  const body = await readBody(request);
  const params = { ...decodeForm(target.query), ...bodyOf(request, { path, body }) };
  const match = matchRoute(settings.routes, { method, path });
  if (match === undefined) throw unrecognizedUrl(method, path);
  if (call.isPublishable && match.route.publishable === undefined) throw secretKeyRequired();
  const ephemeralKey = ephemeralKeyOf(request.headers);
  if (ephemeralKey !== undefined)
    checkEphemeralKey(settings.world, ephemeralKey, { method, path, customer: params['customer'] });
  const execution = {
    match,
    params,
    path,
    query: target.query,
    lenient: settings.lenient,
    watch: settings.watchParameters,
    ...call,
  };
  const key = call.idempotencyKey;
  if (key === null) {
    if (call.failure === 'error_during') return serverError();
    const result = jsonAnswer(200, execute(settings.world, execution));
    return call.failure === undefined ? result : serverError();
  }
  return answerWithKey(settings, { key, fingerprint: fingerprintOf(path, params) }, execution);
}

/** Answers as before if the key was used before, and stores the answer for the next time. */
function answerWithKey(
  settings: ApiSettings,
  { key, fingerprint }: { readonly key: string; readonly fingerprint: string },
  execution: Attempt,
): Answer {
  const { path, requestId: executed } = execution;
  const keys = keysFor(settings, path);
  const name = isV2(path) ? `${execution.match.route.method} ${path} ${key}` : key;
  const stored = keys.find(name, { key, fingerprint });
  if (stored !== undefined) {
    const answer = storedAnswer(jsonAnswer(stored.status, stored.body), stored.request);
    return { ...answer, headers: { ...answer.headers, 'Idempotent-Replayed': 'true' } };
  }
  const { answer, kept } = attempt(settings.world, execution);
  if (kept === undefined) return answer;
  keys.keep(name, { fingerprint, status: kept.status, body: kept.body, request: executed });
  return storedAnswer(answer, executed);
}

type Attempt = Execution & Pick<Call, 'failure'>;

/**
 * Returns the answer, and what is replayed later. Version 1 of the API replays errors too. Version 2 executes such a request
 * again, and only what has had an effect is replayed.
 */
function attempt(
  world: World,
  execution: Attempt,
): { readonly answer: Answer; readonly kept: Answer | undefined } {
  const { failure, path, requestId } = execution;
  const replaysErrors = !isV2(path);
  const failed = serverError();
  if (failure === 'error_during') return { answer: failed, kept: replaysErrors ? failed : undefined };
  try {
    const result = jsonAnswer(200, execute(world, execution));
    if (failure === undefined) return { answer: result, kept: result };
    return { answer: failed, kept: replaysErrors ? failed : result };
  } catch (error) {
    const keep = replaysErrors && !(error instanceof StripeError && error.beforeExecution);
    const answer = errorAnswer(withMode(error, world.account.liveModeIds), { requestId, path });
    return { answer, kept: keep ? answer : undefined };
  }
}

/** Says of a missing object that it exists in live mode, as Stripe does. */
function withMode(error: unknown, liveModeIds: ReadonlySet<string>): unknown {
  if (!(error instanceof StripeError) || error.details.code !== 'resource_missing') return error;
  const [, id = ''] = /: '(.*)'$/.exec(error.message) ?? [];
  if (!liveModeIds.has(id)) return error;
  const message = `${error.message}; a similar object exists in live mode, but a test mode key was used to make this request.`;
  return new StripeError({ ...error.details, message });
}

function errorAnswer(
  error: unknown,
  { requestId, path }: { readonly requestId: string; readonly path: string },
): Answer {
  if (error instanceof StripeError && isV2(path)) return errorAnswerOfV2(error);
  if (error instanceof StripeError) {
    const answer = jsonAnswer(error.status, error.body(requestId));
    return { ...answer, headers: { ...answer.headers, ...error.details.headers } };
  }
  const message = `The simulator failed to handle the request: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  return jsonAnswer(500, { error: { type: 'api_error', message } });
}

function bodyOf(
  request: IncomingMessage,
  { path, body }: { readonly path: string; readonly body: string },
): FormObject {
  if (isV2(path)) return decodeJson(request, body);
  checkForm(request, body);
  return decodeForm(body);
}

function unrecognizedUrl(method: string, path: string): StripeError {
  const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
  return new StripeError({ status: 404, type: 'invalid_request_error', message });
}

function splitTarget(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
