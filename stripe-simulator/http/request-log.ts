/** What `stripe logs tail` shows of an answered request of the API. */
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../protocol/answer.ts';
import type { RequestLog } from '../stripecli/messages.ts';

export function requestLogOf(request: IncomingMessage, answer: Answer, seconds: number): RequestLog {
  const { 'Request-Id': requestId = '' } = answer.headers;
  return {
    created_at: seconds,
    livemode: false,
    method: request.method ?? 'GET',
    request_id: requestId,
    status: answer.status,
    url: (request.url ?? '/').split('?')[0] ?? '/',
    error: answer.status < 400 ? {} : errorOf(answer.body),
  };
}

function errorOf(body: Answer['body']): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    const error =
      typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined;
    if (typeof error !== 'object' || error === null) return {};
    const { type, charge, code, decline_code, message, param } = error as Readonly<Record<string, unknown>>;
    return { type, charge, code, decline_code, message, param };
  } catch {
    // An injected fault answers with text.
    return {};
  }
}
