/** A secret named by the environment: its value, or the ARN under which Secrets Manager keeps it. */
import type { Clock } from '../../core/system/clock.ts';
import type { EnvironmentReader } from './environment.ts';

export type SecretSource =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'secrets_manager'; readonly arn: string };

/** `NAME`, else `NAME_SECRET_ARN`; neither is missing configuration. There is no default for a secret. */
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
  /** Reads again past the cache, for a value that has just proved wrong. At most once a minute. */
  reread(): Promise<string>;
  /** The value has proved wrong: the next read does not rest on the cache. */
  distrust(): void;
}

const MAX_AGE_MS = 10 * 60_000;
/** Whoever sends forged requests must not make us ask for each. */
const MIN_AGE_MS = 60_000;

export interface SecretServices {
  readonly fetch: (arn: string) => Promise<string>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export function createSecret(source: SecretSource, services: SecretServices): Secret {
  if (source.kind === 'value') {
    const read = () => Promise.resolve(source.value);
    return { read, reread: read, distrust: () => undefined };
  }
  let cached: { readonly value: string; readonly askedAtMs: number } | undefined;
  let trusted = true;
  const readOlderThan = async (ageMs: number): Promise<string> => {
    const nowMs = services.clock.nowMs();
    if (cached !== undefined && nowMs - cached.askedAtMs < ageMs) return cached.value;
    try {
      cached = { value: await services.fetch(source.arn), askedAtMs: nowMs };
      trusted = true;
    } catch (cause) {
      // A value that served until now is better than none, while Secrets Manager fails.
      if (cached === undefined) throw cause;
      cached = { value: cached.value, askedAtMs: nowMs };
    }
    return cached.value;
  };
  return {
    read: () => readOlderThan(trusted ? MAX_AGE_MS : MIN_AGE_MS),
    reread: () => readOlderThan(MIN_AGE_MS),
    distrust: () => {
      trusted = false;
    },
  };
}
