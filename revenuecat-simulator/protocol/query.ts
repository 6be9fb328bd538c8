/** Reads the query of an API request strictly. */
import { invalidParameter } from './errors.ts';

/** The page of a list that a request asks for. */
export interface PageRequest {
  readonly limit: number;
  readonly startingAfter: string | undefined;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Throws if the query has a parameter that the route does not know, or one twice. */
export function checkNames(query: URLSearchParams, known: readonly string[]): void {
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) throw invalidParameter(name, `${name} is not a parameter of this endpoint.`);
    if (query.getAll(name).length > 1) throw invalidParameter(name, `${name} can be sent only once.`);
  }
}

export function oneOf<T extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalidParameter(name, `${name} must be one of ${choices.join(', ')}.`);
  return found;
}

/** Limits above 100 or below 1 are clamped; what is no integer is rejected. */
export function pageRequestOf(query: URLSearchParams): PageRequest {
  const text = query.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^-?\d{1,9}$/.test(text)) throw invalidParameter('limit', 'limit must be an integer.');
  const startingAfter = query.get('starting_after') ?? undefined;
  if (startingAfter === '') throw invalidParameter('starting_after', 'starting_after must not be empty.');
  return { limit: Math.min(MAX_LIMIT, Math.max(1, Number(text))), startingAfter };
}
