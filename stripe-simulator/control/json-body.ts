/** Parses the JSON bodies of the simulator's own routes. */
import { invalidRequest } from '../protocol/stripe-error.ts';

export function parseJsonObject(body: string): Readonly<Record<string, unknown>> {
  const invalidBody = invalidRequest({ message: 'The body must be a JSON object.' });
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw invalidBody;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidBody;
  return value as Readonly<Record<string, unknown>>;
}
