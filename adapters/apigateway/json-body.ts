/** The JSON object that a request carries. */
import { isRecord } from '../../core/system/record.ts';
import type { Request } from './request.ts';

/** Undefined for what is none; no body at all is an empty object. */
export function jsonBody(request: Request): Readonly<Record<string, unknown>> | undefined {
  const text = request.body.toString('utf8');
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
