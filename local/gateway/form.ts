/** The two kinds of API Gateway: `http` sends events of version 2.0, `rest` events of version 1. */
import type { JWTPayload } from 'jose';
import type { HttpRoute } from '../../contract/functions.ts';
import type { Answer } from '../http/body.ts';

export type PayloadForm = 'http' | 'rest';

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  /** Names and values in turn, exactly as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly port: number;
  readonly requestId: string;
  readonly timeMs: number;
  readonly route: HttpRoute;
  /** Claims of the verified token, if the route has an authorizer. */
  readonly claims?: JWTPayload;
}

export const ACCOUNT_ID = '000000000000';
export const API_ID = 'local00000';

/** Returns a time such as `12/Mar/2020:19:03:58 +0000`. */
export function commonLogTime(timeMs: number): string {
  // toUTCString returns, for example, `Thu, 12 Mar 2020 19:03:58 GMT`.
  const [, day = '', month = '', year = '', time = ''] = new Date(timeMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Returns all values of a header, regardless of the case in which its name was received. `name` is in lower case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return headerPairs(rawHeaders)
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .map(([, value]) => value);
}

export function headerPairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  return pairs;
}

/** Returns the headers that API Gateway adds to those of the client. */
export function addedHeaders(request: GatewayRequest): [name: string, value: string][] {
  return [
    ['X-Amzn-Trace-Id', `Root=1-${Math.floor(request.timeMs / 1000).toString(16)}-${'0'.repeat(24)}`],
    ['X-Forwarded-For', request.sourceIp],
    ['X-Forwarded-Port', String(request.port)],
    ['X-Forwarded-Proto', 'http'],
  ];
}

export function gatewayMessage(status: number, message: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}
