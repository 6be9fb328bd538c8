/** Checks the API key of a request. */
import { RevenueCatError } from '../protocol/errors.ts';

export interface ApiKeys {
  /** The keys of the project; without it, any `sk_…`. */
  readonly own: readonly string[] | undefined;
  /** Keys of other projects. */
  readonly foreign: readonly string[];
}

/** Returns the key of the request. Throws an error for one that no project has. */
export function keyOf(header: string | undefined, { own, foreign }: ApiKeys): string {
  const key = /^Bearer (?<key>\S+)$/.exec(header ?? '')?.groups?.['key'];
  if (key === undefined) {
    throw new RevenueCatError(401, 'Send the header Authorization: Bearer with a secret API key.');
  }
  const known = own === undefined ? key.startsWith('sk_') : own.includes(key);
  if (known || foreign.includes(key)) return key;
  throw new RevenueCatError(401, 'The API key is invalid.');
}

/** Throws unless the key may read the project. */
export function checkProject(
  key: string,
  projectId: string | undefined,
  settings: { readonly keys: ApiKeys; readonly projectId: string },
): void {
  if (projectId === settings.projectId && !settings.keys.foreign.includes(key)) return;
  throw new RevenueCatError(403, `The API key has no access to the project ${projectId ?? ''}.`);
}
