/** Reads the JSON object in a request's body. */
import { isRecord, parseJson, type UnknownRecord } from '../../core/system/record.ts';
import type { Request } from './request.ts';

/** The longest request of a client, with two long URLs, is a tenth of it. */
const MAX_BYTES = 64 * 1024;

/** Returns the body's object; an empty one if there is no body, and `undefined` if the body is not a JSON object of a reasonable size. */
export function jsonBody(request: Request): UnknownRecord | undefined {
  if (request.body.length > MAX_BYTES) return undefined;
  const text = request.body.toString('utf8');
  if (text.trim() === '') return {};
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
