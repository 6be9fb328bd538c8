/** Reads a secret that the environment gives by its value or by its ARN in Secrets Manager. */
import type { Clock } from '../../core/system/clock.ts';
import type { EnvironmentReader } from './environment.ts';

export type SecretSource =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'secrets_manager'; readonly arn: string };

/** Reads `NAME` or `NAME_SECRET_ARN`. If neither is set, the configuration is incomplete: secrets have no default. */
export function readSecretSource(reader: EnvironmentReader, name: string): SecretSource {
  const arn = reader.optional(`${name}_SECRET_ARN`);
  const value = reader.optional(name);
  if (value !== undefined) return { kind: 'value', value };
  if (arn !== undefined) return { kind: 'secrets_manager', arn };
  reader.missing(name);
  return { kind: 'value', value: '' };
}

export interface Secret {
  read(): Promise<string>;
  /** Reads past the cache, because the value has just been rejected. At most once a minute. */
  reread(): Promise<string>;
}

/** Returns the values of a secret that holds several, separated by commas: two while one is replaced. */
export function secretsIn(list: string): readonly string[] {
  const secrets = list.split(',').map((secret) => secret.trim());
  return secrets.filter((secret) => secret !== '');
}

const MAX_AGE_MS = 10 * 60_000;
/** Limits calls to Secrets Manager, whether forged requests cause them or Secrets Manager fails. */
const PAUSE_MS = 60_000;

export interface SecretServices {
  readonly fetch: (arn: string) => Promise<string>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export function createSecret(source: SecretSource, services: SecretServices): Secret {
  if (source.kind === 'value') {
    const read = () => Promise.resolve(source.value);
    return { read, reread: read };
  }
  let cached: { readonly value: string; readonly untilMs: number } | undefined;
  let pending: Promise<string> | undefined;
  let nextRereadMs = Number.NEGATIVE_INFINITY;
  const fetchAndCache = async (): Promise<string> => {
    try {
      const value = await services.fetch(source.arn);
      cached = { value, untilMs: services.clock.nowMs() + MAX_AGE_MS };
    } catch (cause) {
      // While Secrets Manager fails, the last value is better than none.
      if (cached === undefined) throw cause;
      cached = { value: cached.value, untilMs: services.clock.nowMs() + PAUSE_MS };
    }
    return cached.value;
  };
  // Concurrent callers share one request.
  const fetchOnce = (): Promise<string> => {
    pending ??= fetchAndCache().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  const read = async () =>
    cached !== undefined && services.clock.nowMs() < cached.untilMs ? cached.value : fetchOnce();
  return {
    read,
    reread: async () => {
      const nowMs = services.clock.nowMs();
      // The pause counts from the last reread, not from the last read: a value rotated right after a read must not wait.
      if (pending === undefined && nowMs < nextRereadMs) return read();
      nextRereadMs = nowMs + PAUSE_MS;
      return fetchOnce();
    },
  };
}
