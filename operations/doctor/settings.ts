/** Finds what is wrong with the settings of a function, as the function itself reads them, and its secrets too. */
import {
  ConfigurationError,
  type Environment,
  EnvironmentReader,
} from '../../adapters/system/environment.ts';
import { secretContextOf } from '../../adapters/system/secret.ts';
import { isSecretName, readSecret, type SecretName, secretNames } from '../../core/settings/secrets.ts';
import type { Reading } from '../../core/settings/text.ts';
import { readBaseUrl } from '../../core/settings/urls.ts';
import type { Problem } from './finding.ts';
import type { Fixes, Installation } from './installation.ts';

type Reader = (values: Environment) => unknown;

/** Returns the problems of one function. `names`: the variables that it reads. */
export async function settingProblems(
  installation: Installation,
  values: Environment,
  { read, names }: { readonly read: readonly Reader[]; readonly names: readonly string[] },
): Promise<readonly Problem[]> {
  const { fixes } = installation;
  const stored = await Promise.all(
    secretNames
      .filter((name) => names.includes(name))
      .map(async (name) => {
        const reading = await readingOf(installation, values, name);
        return reading !== undefined && 'wrong' in reading ? [`${name} ${reading.wrong}`] : [];
      }),
  );
  const faults = new Set([...read.flatMap((reading) => faultsOf(values, reading)), ...stored.flat()]);
  return [...faults].map((what) => ({ what, fix: fixOf(what, fixes) }));
}

function faultsOf(values: Environment, read: Reader): readonly string[] {
  try {
    read(values);
    return [];
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause;
    return [...cause.missing.map((name) => `${name} is not set`), ...cause.invalid];
  }
}

/** A secret is stored in another way than the other settings are set. */
function fixOf(what: string, fixes: Fixes): string {
  const name = what.split(' ')[0] ?? '';
  if (!isSecretName(name) || what === `${name} is not set`) return fixes.configure;
  const ways: Readonly<Record<SecretName, string>> = {
    STRIPE_API_KEY: fixes.setApiKey,
    STRIPE_WEBHOOK_SECRET: fixes.registerWebhook,
    REVENUECAT_API_KEY: fixes.stores.setKey,
    REVENUECAT_WEBHOOK_SECRET: fixes.stores.registerWebhook,
    TRIAL_HASH_KEY: fixes.createTrialKey,
  };
  return ways[name];
}

/** Reads a secret as the functions do. `undefined`: it does not exist or is empty. */
async function readingOf(
  installation: Installation,
  values: Environment,
  name: SecretName,
): Promise<Reading<string> | undefined> {
  const text = await installation.secret(values, name);
  if (text === undefined || text.trim() === '') return undefined;
  return readSecret(name, text, secretContextOf(new EnvironmentReader(values)));
}

/** Returns the value of a secret, or `undefined` if there is none that a function would use. */
export async function usableSecret(
  installation: Installation,
  values: Environment,
  name: SecretName,
): Promise<string | undefined> {
  const reading = await readingOf(installation, values, name);
  return reading === undefined || 'wrong' in reading ? undefined : reading.value;
}

/** Returns the base of an API, or `undefined` for its own server and for one that cannot be read. */
export function baseIn(values: Environment, name: string): URL | undefined {
  const text = new EnvironmentReader(values).optional(name);
  const reading = text === undefined ? undefined : readBaseUrl(text);
  return reading === undefined || 'wrong' in reading ? undefined : reading.value;
}
