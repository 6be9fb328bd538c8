/** Reads a secret that the environment gives by its value or by its ARN in Secrets Manager. */

import {
  expectedMode,
  readSecret,
  type SecretContext,
  type SecretName,
} from '../../core/settings/secrets.ts';
import { cleanText } from '../../core/settings/text.ts';
import { readSecretArn } from '../../core/settings/values.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import { ConfigurationError, type EnvironmentReader } from './environment.ts';

interface SettingOfSecret {
  readonly name: SecretName;
  readonly context: SecretContext;
}

export type SecretSource =
  /** The text has been read as its setting needs it. */
  | { readonly kind: 'value'; readonly value: string }
  | {
      readonly kind: 'secrets_manager';
      readonly arn: string;
      /** What the text is read for. Undefined: it is used as it is. */
      readonly setting?: SettingOfSecret;
    };

/** Reads `NAME` or `NAME_SECRET_ARN`. If neither is set, the configuration is incomplete: secrets have no default. */
export function readSecretSource(reader: EnvironmentReader, name: SecretName): SecretSource {
  const context = secretContextOf(reader);
  const text = reader.raw(name);
  if (text !== undefined) return { kind: 'value', value: valueIn(reader, text, { name, context }) };
  const variable = `${name}_SECRET_ARN`;
  if (reader.raw(variable) === undefined) reader.missing(name);
  const region = reader.region('SECRETS_MANAGER');
  const arn = reader.optional(variable, (given) => readSecretArn(given, region)) ?? '';
  return { kind: 'secrets_manager', arn, setting: { name, context } };
}

/** Returns what a secret is read with. */
export function secretContextOf(reader: EnvironmentReader): SecretContext {
  const textOf = (name: string) => cleanText(reader.raw(name) ?? '') || undefined;
  return { mode: expectedMode(textOf('STRIPE_MODE'), textOf('STAGE')) };
}

function valueIn(reader: EnvironmentReader, text: string, { name, context }: SettingOfSecret): string {
  const reading = readSecret(name, text, context);
  if ('wrong' in reading) {
    const isArn = cleanText(text).startsWith('arn:');
    reader.invalid(name, isArn ? `is an ARN: set it as ${name}_SECRET_ARN` : reading.wrong);
    return '';
  }
  // The hash needs the text itself, in which an earlier version may have read another key.
  return name === 'TRIAL_HASH_KEY' ? text : reading.value;
}

/** Reads the text of a secret as its setting needs it. Throws a `ConfigurationError` that names the setting. */
export function secretIn(text: string, { name, context }: SettingOfSecret): string {
  const reading = readSecret(name, text, context);
  if ('wrong' in reading) throw new ConfigurationError([], [`${name} ${reading.wrong}`]);
  return reading.value;
}

export interface Secret {
  /** Throws a `ConfigurationError` if the text is not what the setting needs. */
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
  /** Returns what is used of the text. Default: the value as its setting needs it. Throws if there is none. */
  readonly accept?: (text: string) => string;
}

type StoredSource = Extract<SecretSource, { kind: 'secrets_manager' }>;

async function fetchValue(source: StoredSource, { fetch, accept }: SecretServices): Promise<string> {
  const { arn, setting } = source;
  const text = await fetch(arn).catch((cause: unknown) => {
    // A secret that is missing, or may not be read, stays so until someone corrects the configuration.
    if (setting === undefined || !(cause instanceof Fault) || cause.details.code !== 'refused') throw cause;
    const wrong = `cannot be read (${cause.details.reason ?? 'refused'}): correct the ARN or the permission of the role`;
    throw new ConfigurationError([], [`${setting.name}_SECRET_ARN ${wrong}`]);
  });
  if (accept !== undefined) return accept(text);
  return setting === undefined ? text : secretIn(text, setting);
}

export function createSecret(source: SecretSource, services: SecretServices): Secret {
  if (source.kind === 'value') {
    const read = () => Promise.resolve(source.value);
    return { read, reread: read };
  }
  let cached: { readonly value: string; readonly untilMs: number } | undefined;
  let rejected: { readonly error: ConfigurationError; readonly untilMs: number } | undefined;
  let pending: Promise<string> | undefined;
  let nextRereadMs = Number.NEGATIVE_INFINITY;
  const fetchAndCache = async (): Promise<string> => {
    if (rejected !== undefined && services.clock.nowMs() < rejected.untilMs) throw rejected.error;
    try {
      const value = await fetchValue(source, services);
      cached = { value, untilMs: services.clock.nowMs() + MAX_AGE_MS };
    } catch (cause) {
      if (cause instanceof ConfigurationError && cached === undefined) {
        rejected = { error: cause, untilMs: services.clock.nowMs() + PAUSE_MS };
      }
      // While Secrets Manager fails, or holds a text that is no such secret, the last value is better than none.
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
