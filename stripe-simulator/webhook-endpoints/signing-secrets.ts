/** Finds the secrets that currently sign the deliveries of an endpoint. */
import type { Store } from '../store/store.ts';

export function activeSecrets(store: Store, endpointId: string, seconds: number): string[] {
  const stored = store.endpointSecrets.get(endpointId)?.secrets ?? [];
  return stored
    .filter((secret) => secret.expires_at === null || secret.expires_at > seconds)
    .map((secret) => secret.value);
}
