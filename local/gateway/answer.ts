/** Turns what a function gave back into an HTTP answer, with API Gateway's own ideas of what is malformed. */
import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, isJsonObject } from '../http/body.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { gatewayMessage, type PayloadForm } from './form.ts';

export function functionAnswer(form: PayloadForm, result: InvocationResult): Answer {
  if (!result.ok) return failed(form);
  if (form === 'rest') return restAnswer(result.payload);
  const { payload } = result;
  return isJsonObject(payload) && 'statusCode' in payload ? httpAnswer(payload) : inferredAnswer(payload);
}

export function tooSlow(form: PayloadForm): Answer {
  return form === 'http'
    ? gatewayMessage(503, 'Service Unavailable')
    : gatewayMessage(504, 'Endpoint request timed out');
}

function failed(form: PayloadForm): Answer {
  return form === 'http'
    ? gatewayMessage(500, 'Internal Server Error')
    : gatewayMessage(502, 'Internal server error');
}

/** Without a statusCode an HTTP API takes the whole value for the body of a 200. */
function inferredAnswer(payload: unknown): Answer {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function httpAnswer(payload: Record<string, unknown>): Answer {
  const body = bodyOf(payload);
  const status = statusOf(payload);
  if (body === undefined || status === undefined) return failed('http');
  const headers: OutgoingHttpHeaders = {
    'content-type': 'text/plain;charset=UTF-8',
    ...lowerCased(payload['headers']),
  };
  if (Array.isArray(payload['cookies'])) headers['set-cookie'] = payload['cookies'].map(String);
  return { status, headers, body };
}

function restAnswer(payload: unknown): Answer {
  if (!isJsonObject(payload)) return failed('rest');
  const body = bodyOf(payload);
  const status = statusOf(payload);
  if (body === undefined || status === undefined) return failed('rest');
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

/** Set by the server itself; two of them would break the answer. */
const framing = new Set(['content-length', 'transfer-encoding', 'connection']);

function lowerCased(headers: unknown): OutgoingHttpHeaders {
  const result: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {})) {
    const key = name.toLowerCase();
    if (!framing.has(key)) result[key] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return result;
}
