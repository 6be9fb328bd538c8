/** Which span the work at hand belongs to, across awaits and, by a header, across the servers of the local cloud. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';

/** Names the span that sends a request. Only the servers of the local cloud see it: the tap takes it off. */
export const PARENT_HEADER = 'x-local-span';

const storage = new AsyncLocalStorage<number>();

export function currentSpan(): number | null {
  return storage.getStore() ?? null;
}

export function inSpan<T>(id: number, work: () => T): T {
  return storage.run(id, work);
}

/** The header for a request to another server of this cloud. */
export function parentHeaders(): Record<string, string> {
  const id = currentSpan();
  return id === null ? {} : { [PARENT_HEADER]: String(id) };
}

export function parentIn(headers: IncomingHttpHeaders): number | null {
  const value = headers[PARENT_HEADER];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** The value of the header for the calls of the console itself, which are no work of the product and are not recorded. */
export const UNRECORDED = 'unrecorded';

export function isUnrecorded(headers: IncomingHttpHeaders): boolean {
  return headers[PARENT_HEADER] === UNRECORDED;
}
