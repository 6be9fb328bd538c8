/** Calls operations of AWS services that speak JSON: signed, within time limits, and again where that may help. */
import { Fault } from '../../core/system/fault.ts';
import { parseJson, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { systemClock } from '../system/clock.ts';
import { compactIsoOf, httpDateMs } from '../system/http-date.ts';
import { processEnvironment } from '../system/process-environment.ts';
import { type AttemptLimits, type Done, type Repeatable, repeat, type TimeLeft } from './attempts.ts';
import { type CredentialSource, environmentCredentials } from './aws-credentials.ts';
import { type AwsService, endpointOf } from './aws-endpoint.ts';
import { type Answer, connectTo, type Send, Unanswered } from './connection.ts';
import { createSigner, type Sign } from './signature-v4.ts';

export interface JsonService extends AwsService {
  /** What the name of an operation follows in a request, such as `DynamoDB_20120810`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Whether so long passes between calls that no connection is kept for them. */
  readonly isRare?: true;
}

/** An error that a service answered with. */
export class AwsError extends Error {
  readonly statusCode: number;
  readonly requestId: string | undefined;

  constructor(name: string, { status, headers }: Answer) {
    super(`AWS answers ${name} (${status}).`);
    this.name = name;
    this.statusCode = status;
    this.requestId = [headers['x-amzn-requestid']].flat()[0];
  }
}

/** Returns the answer, or undefined if its body is empty. Throws an `AwsError`, an `Unanswered` or a `Fault`. */
export type CallAws = (operation: string, input: object) => Promise<UnknownRecord | undefined>;

/** The environment is read at the first call. */
export function createAws(
  service: JsonService,
  limits: AttemptLimits,
  credentials: CredentialSource = environmentCredentials,
): CallAws {
  let server: Server | undefined;
  return async (operation, input) => {
    server ??= serverOf(service, credentials);
    const current = server;
    const request = { operation, body: JSON.stringify(input) };
    return repeat(limits, (left) => attempt(current, request, left));
  };
}

interface Server {
  readonly service: JsonService;
  readonly send: Send;
  readonly sign: Sign;
  readonly credentials: CredentialSource;
  readonly host: string;
  readonly path: string;
  /** Names this product and the function, for the logs of AWS. */
  readonly userAgent: string;
  /** What the clock of AWS is ahead of that of this process. */
  aheadMs: number;
}

function serverOf(service: JsonService, credentials: CredentialSource): Server {
  const environment = processEnvironment();
  const { url, region } = endpointOf(service, environment);
  const appId = environment['AWS_SDK_UA_APP_ID'];
  return {
    service,
    send: connectTo(url, { keepAlive: service.isRare !== true }),
    sign: createSigner({ region, service: service.name }),
    credentials,
    host: url.host,
    path: url.pathname,
    userAgent: appId ? `predixa-auth-billing app/${appId}` : 'predixa-auth-billing',
    aheadMs: 0,
  };
}

interface Request {
  readonly operation: string;
  readonly body: string;
}

function withoutCredentials({ system }: JsonService): never {
  const fix = 'Run the function with a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  const refusal = { kind: 'installation', setting: 'AWS_ACCESS_KEY_ID', fix } as const;
  const reason = 'credentials_missing';
  throw new Fault({ code: 'refused', system, operation: 'sign request', reason, refusal });
}

type Outcome = Done<UnknownRecord | undefined> | Repeatable<UnknownRecord | undefined>;

async function attempt(server: Server, request: Request, left: TimeLeft): Promise<Outcome> {
  try {
    const answer = await sendSigned(server, request, left());
    if (!isRefusedForTime(answer) || !takeOverTime(server, answer)) return outcomeOf(answer);
    return outcomeOf(await sendSigned(server, request, left()));
  } catch (cause) {
    if (cause instanceof Unanswered) return failed(cause, WAIT_MS);
    throw cause;
  }
}

async function sendSigned(server: Server, { operation, body }: Request, timeoutMs: number): Promise<Answer> {
  const { service, path, host, userAgent } = server;
  const headers = {
    host,
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amz-target': `${service.target}.${operation}`,
  };
  const part = { method: 'POST', path, headers, body } as const;
  const time = compactIsoOf(systemClock.nowMs() + server.aheadMs);
  const signed = server.sign(part, (await server.credentials()) ?? withoutCredentials(service), time);
  signed['content-length'] = String(Buffer.byteLength(body));
  signed['user-agent'] = userAgent;
  return server.send({ ...part, headers: signed }, timeoutMs);
}

function outcomeOf(answer: Answer): Outcome {
  const { status, text } = answer;
  const body = text === '' ? undefined : recordIn(parseJson(text));
  if (status >= 200 && status < 300 && body !== null) return { result: body };
  const error = new AwsError(nameIn(answer), answer);
  if (throttling.has(error.name) || status === 429) return failed(error, THROTTLED_WAIT_MS);
  if (status >= 500 || transient.has(error.name)) return failed(error, WAIT_MS);
  throw error;
}

const WAIT_MS = 100;
const THROTTLED_WAIT_MS = 500;

function failed(error: Error, waitMs: number) {
  return {
    waitMs,
    end: () => {
      throw error;
    },
  };
}

/** Names are logged, so no other text passes. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** Returns the name of the error: `com.amazonaws.dynamodb.v20120810#ValidationException` and `Name:http://…` are two of its forms. */
function nameIn({ status, headers, text }: Answer): string {
  const body = recordIn(parseJson(text));
  const given =
    [headers['x-amzn-errortype']].flat()[0] ?? textAt(body, '__type') ?? textAt(body, 'code') ?? '';
  const name = (given.split(':')[0] ?? '').replace(/^.*#/, '');
  return NAME.test(name) ? name : `Http${status}`;
}

const throttling: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const transient: ReadonlySet<string> = new Set(['RequestTimeout', 'RequestTimeoutException']);

/** The errors by which services refuse the time of a signature. Some have other causes too. */
const clockErrors: ReadonlySet<string> = new Set([
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** AWS accepts a difference of five minutes. The header is as exact as a second, and answers take time. */
const ACCEPTED_SKEW_MS = 240_000;

function isRefusedForTime(answer: Answer): boolean {
  return answer.status >= 400 && answer.status < 500 && clockErrors.has(nameIn(answer));
}

/** The clock of this process can be wrong by more than AWS accepts. Returns whether that may be why the request failed. */
function takeOverTime(server: Server, { headers }: Answer): boolean {
  const theirsMs = httpDateMs(headers.date);
  if (theirsMs === null) return false;
  const aheadMs = theirsMs - systemClock.nowMs();
  if (Math.abs(aheadMs - server.aheadMs) < ACCEPTED_SKEW_MS) return false;
  server.aheadMs = aheadMs;
  return true;
}
