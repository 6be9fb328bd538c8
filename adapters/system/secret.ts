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
}

const MAX_AGE_MS = 10 * 60_000;
/** Whoever sends forged requests must not make us ask for each; nor does a store that fails need to be asked more. */
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
  let asking: Promise<string> | undefined;
  let rereadAgainMs = Number.NEGATIVE_INFINITY;
  const ask = async (): Promise<string> => {
    try {
      const value = await services.fetch(source.arn);
      cached = { value, untilMs: services.clock.nowMs() + MAX_AGE_MS };
    } catch (cause) {
      // A value that served until now is better than none, while Secrets Manager fails.
      if (cached === undefined) throw cause;
      cached = { value: cached.value, untilMs: services.clock.nowMs() + PAUSE_MS };
    }
    return cached.value;
  };
  // Who comes while it is under way waits for the same answer.
  const askOnce = (): Promise<string> => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const read = async () =>
    cached !== undefined && services.clock.nowMs() < cached.untilMs ? cached.value : askOnce();
  return {
    read,
    reread: async () => {
      const nowMs = services.clock.nowMs();
      // Since the last time, and not since the value was read: one that was rolled a moment later must not wait.
      if (asking === undefined && nowMs < rereadAgainMs) return read();
      rereadAgainMs = nowMs + PAUSE_MS;
      return askOnce();
    },
  };
}
