/** Reads the JSON object in a request's body. */
import { isRecord, parseJson, type UnknownRecord } from '../../core/system/record.ts';
import type { Request } from './request.ts';

/** Returns the body's object; an empty one if there is no body, and `undefined` if the body is not a JSON object. */
export function jsonBody(request: Request): UnknownRecord | undefined {
  const text = request.body.toString('utf8');
  if (text.trim() === '') return {};
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
