/** What API v2 does otherwise: JSON in requests, another form of errors, and which requests can have an idempotency key. */
import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import type { FormObject, FormValue } from '../protocol/form.ts';
import { invalidParameter, type StripeError } from '../protocol/stripe-error.ts';

export function isV2(path: string): boolean {
  return path.startsWith('/v2/');
}

/** Returns the parameters in a body, in the form that those of v1 have. Null unsets, as an empty text does in v1. */
export function decodeJson(request: IncomingMessage, body: string): FormObject {
  if (body === '') return {};
  if (request.headers['content-type']?.startsWith('application/json') !== true) {
    throw invalidParameter({ message: 'Requests to API v2 have the Content-Type application/json.' });
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw invalidParameter({ message: 'The body of the request is not valid JSON.' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidParameter({ message: 'The body of the request is no JSON object.' });
  return formOf(value, '') as FormObject;
}

function formOf(value: unknown, name: string): FormValue {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((entry: unknown, index) => formOf(entry, `${name}[${index}]`));
  if (typeof value !== 'object') {
    // No parameter of the simulated routes is a number or a truth value.
    throw invalidParameter({ message: `Expected a string, not ${JSON.stringify(value)}.`, param: name });
  }
  const form = Object.create(null) as Record<string, FormValue>;
  for (const [key, entry] of Object.entries(value)) {
    form[key] = formOf(entry, name === '' ? key : `${name}[${key}]`);
  }
  return form;
}

/** Returns the error as API v2 shows it. */
export function errorAnswerOfV2(error: StripeError): Answer {
  const { details } = error;
  const answer = jsonAnswer(error.status, { error: bodyOf(error) });
  return { ...answer, headers: { ...answer.headers, ...details.headers } };
}

function bodyOf({ status, message, details: { code, param, type } }: StripeError): object {
  if (type === 'idempotency_error') return { code: code ?? 'idempotency_error', message, type };
  if (status === 429) return { code: code ?? 'rate_limit', message, type: 'rate_limit' };
  if (status === 404) return { code: 'not_found', message };
  if (status !== 400 || code === 'parameter_not_simulated') return { code: code ?? type, message };
  if (param === undefined) return { code: 'invalid_fields', message };
  const problem = texts[code ?? ''] ?? message;
  return {
    code: 'invalid_fields',
    message: `Some fields in the request were invalid: '${dotted(param)}: ${problem}'`,
  };
}

const texts: Readonly<Record<string, string>> = {
  parameter_unknown: 'Unknown field.',
  parameter_missing: 'Missing required field.',
};

/** `webhook_endpoint[url]` → `webhook_endpoint.url`; the places in lists stay as they are. */
function dotted(param: string): string {
  return param.replaceAll(/\[(?!\d+\])([^\]]*)\]/g, '.$1');
}
