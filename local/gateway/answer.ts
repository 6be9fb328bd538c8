/** Turns the result of a function into an HTTP answer, and rejects malformed results as API Gateway does. */
import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, isJsonObject } from '../http/body.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { gatewayMessage, type PayloadForm } from './form.ts';

export function functionAnswer(form: PayloadForm, result: InvocationResult): Answer {
  if (!result.ok) return failureAnswer(form);
  if (form === 'rest') return restAnswer(result.payload);
  const { payload } = result;
  return isJsonObject(payload) && 'statusCode' in payload ? httpAnswer(payload) : inferredAnswer(payload);
}

export function timeoutAnswer(form: PayloadForm): Answer {
  return form === 'http'
    ? gatewayMessage(503, 'Service Unavailable')
    : gatewayMessage(504, 'Endpoint request timed out');
}

function failureAnswer(form: PayloadForm): Answer {
  return form === 'http'
    ? gatewayMessage(500, 'Internal Server Error')
    : gatewayMessage(502, 'Internal server error');
}

/** Without a statusCode, an HTTP API sends the whole value as the body of a 200. */
function inferredAnswer(payload: unknown): Answer {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function httpAnswer(payload: Record<string, unknown>): Answer {
  const body = bodyOf(payload);
  const status = statusOf(payload);
  if (body === undefined || status === undefined) return failureAnswer('http');
  const headers: OutgoingHttpHeaders = {
    'content-type': 'text/plain;charset=UTF-8',
    ...lowerCased(payload['headers']),
  };
  if (Array.isArray(payload['cookies'])) headers['set-cookie'] = payload['cookies'].map(String);
  return { status, headers, body };
}

function restAnswer(payload: unknown): Answer {
  if (!isJsonObject(payload)) return failureAnswer('rest');
  const body = bodyOf(payload);
  const status = statusOf(payload);
  if (body === undefined || status === undefined) return failureAnswer('rest');
  const headers = {
    'content-type': 'application/json',
    ...lowerCased(payload['headers']),
    ...lowerCased(payload['multiValueHeaders']),
  };
  return { status, headers, body };
}

function statusOf({ statusCode }: Record<string, unknown>): number | undefined {
  const status = Number(statusCode);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

function bodyOf({ body, isBase64Encoded }: Record<string, unknown>): Buffer | string | undefined {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') return undefined;
  return isBase64Encoded === true ? Buffer.from(body, 'base64') : body;
}

/** Headers that the server itself sets. Duplicates would corrupt the answer. */
const framingHeaders = new Set(['content-length', 'transfer-encoding', 'connection']);

function lowerCased(headers: unknown): OutgoingHttpHeaders {
  const result: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {})) {
    const key = name.toLowerCase();
    if (!framingHeaders.has(key)) result[key] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return result;
}
