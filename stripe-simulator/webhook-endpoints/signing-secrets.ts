/** Finds the secrets that currently sign the deliveries of an endpoint. */
import type { Store } from '../store/store.ts';

export function activeSecrets(store: Store, endpointId: string, seconds: number): string[] {
  const kept = store.endpointSecrets.get(endpointId)?.secrets ?? [];
  return kept
    .filter((secret) => secret.expires_at === null || secret.expires_at > seconds)
    .map((secret) => secret.value);
}
