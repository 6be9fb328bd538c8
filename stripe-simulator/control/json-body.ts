/** The JSON objects that the simulator's own routes take. */
import { invalidRequest } from '../protocol/stripe-error.ts';

export function parseObject(body: string): Readonly<Record<string, unknown>> {
  const refused = invalidRequest({ message: 'The body must be a JSON object.' });
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refused;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused;
  return value as Readonly<Record<string, unknown>>;
}
