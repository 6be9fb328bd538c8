/**
 * Reads the text of a secret: the value itself, several values, or the key/value JSON that the console of Secrets
 * Manager stores by default. A wrong text is described by its kind, never by its content.
 */
import { isRecord, parseJson, type UnknownRecord } from '../system/record.ts';
import { cleanText, isPlaceholder, kindOf, listIn, type Reading } from './text.ts';

export type StripeMode = 'live' | 'test';

export interface SecretContext {
  /** The mode whose keys the installation may use. Undefined: either. */
  readonly mode?: StripeMode | undefined;
}

/**
 * Returns the mode whose keys a stage may use. `STRIPE_MODE` says it; else `prod` takes real payments and `dev` does not.
 * Other names of stages say nothing.
 */
export function expectedMode(mode: string | undefined, stage: string | undefined): StripeMode | undefined {
  const named = mode?.toLowerCase();
  if (named === 'live' || named === 'test') return named;
  if (stage === 'prod') return 'live';
  return stage === 'dev' ? 'test' : undefined;
}

interface SecretSetting {
  /** What to store. */
  readonly fix: string;
  /** Other names that its key in JSON has, in lower case and without separators. */
  readonly aliases: readonly string[];
  /** Whether the secret may have several values, so that one can be replaced without an interruption. */
  readonly several: boolean;
  /** Whether a value is known by its form, so that it is found among other keys. */
  readonly hasForm: boolean;
  /** Says what is wrong with a value, or undefined. */
  readonly wrong: (value: string, context: SecretContext) => string | undefined;
}

const STRIPE_KEY = /^[sr]k_(?<mode>test|live)_\w+$/;
const generic = ['key', 'secret', 'value', 'apikey', 'secretkey'];

export const secretSettings = {
  STRIPE_API_KEY: {
    fix: 'store a secret key (sk_…) or a restricted key (rk_…) of Stripe',
    aliases: ['stripesecretkey', 'stripekey', 'stripesecret', 'stripe', ...generic],
    several: false,
    hasForm: true,
    wrong: wrongStripeKey,
  },
  STRIPE_WEBHOOK_SECRET: {
    fix: 'store the secret of the webhook endpoint (whsec_…)',
    aliases: ['stripewebhooksecrets', 'webhooksecret', 'webhooksecrets', 'signingsecret', ...generic],
    several: true,
    hasForm: true,
    wrong: (value) => (/^whsec_[\w+/=-]+$/.test(value) ? undefined : oddity(value, /^whsec_/)),
  },
  REVENUECAT_API_KEY: {
    fix: 'store a secret key of RevenueCat’s API v2 (sk_…)',
    aliases: ['revenuecatsecretkey', 'revenuecatkey', 'revenuecatsecret', 'revenuecat', ...generic],
    several: false,
    hasForm: true,
    wrong: (value) =>
      /^(?:sk|atk)_(?!test_|live_|org_)\w+$/.test(value)
        ? undefined
        : oddity(value, /^sk_(?!test_|live_|org_)/),
  },
  REVENUECAT_WEBHOOK_SECRET: {
    fix: 'store the value of the Authorization header that is set in RevenueCat’s dashboard',
    aliases: ['revenuecatwebhooksecrets', 'authorization', 'authorizationheader', 'header', ...generic],
    several: true,
    hasForm: false,
    wrong: (value) => (/[\p{Cc}]/u.test(value) ? 'has a line break in it' : otherSecret(value)),
  },
  TRIAL_HASH_KEY: {
    fix: 'store a random text of at least 32 characters, and never change it',
    aliases: ['trialkey', 'hashkey', ...generic],
    several: false,
    hasForm: false,
    wrong: otherSecret,
  },
} as const satisfies Readonly<Record<string, SecretSetting>>;

export type SecretName = keyof typeof secretSettings;

export const secretNames = /* @__PURE__ */ Object.keys(secretSettings) as readonly SecretName[];

export function isSecretName(name: string): name is SecretName {
  return Object.hasOwn(secretSettings, name);
}

/** Returns the value of the secret. Several values are separated by commas. */
export function readSecret(name: SecretName, text: string, context: SecretContext = {}): Reading<string> {
  const setting: SecretSetting = secretSettings[name];
  const found = textOf(name, text, context);
  if ('wrong' in found) return { wrong: `${found.wrong}: ${setting.fix}` };
  const values = valuesIn(name, found.value);
  const [only = ''] = values;
  if (only === '') return { wrong: `is empty: ${setting.fix}` };
  if (values.length > 1 && !setting.several)
    return { wrong: `has several values: ${setting.fix}, and only one` };
  const wrong = values.map((value) => setting.wrong(value, context)).find((fault) => fault !== undefined);
  return wrong === undefined ? { value: values.join(',') } : { wrong: `${wrong}: ${setting.fix}` };
}

/** Returns the key of the hash as version 0.1 read it, if it read another one: what JSON says was not extracted. */
export function formerHashKey(text: string): string | undefined {
  const former = text.trim();
  const reading = readSecret('TRIAL_HASH_KEY', text);
  return 'wrong' in reading || reading.value === former ? undefined : former;
}

function valuesIn(name: SecretName, text: string): readonly string[] {
  // The text is the key of a hash: another reading of it would forget every trial.
  if (name === 'TRIAL_HASH_KEY') return [text.trim()];
  if (name === 'REVENUECAT_WEBHOOK_SECRET') return [...new Set(listIn(text))];
  return [...new Set(listIn(text, /[\s,;]+/))];
}

/** Returns the text of the secret, from JSON if it is JSON. */
function textOf(name: SecretName, text: string, context: SecretContext): Reading<string> {
  const visible = cleanText(text);
  if (!visible.startsWith('{')) return { value: name === 'TRIAL_HASH_KEY' ? text : visible };
  const record = parseJson(visible);
  if (isRecord(record)) return valueIn(name, record, context);
  if (isPlaceholder(visible)) return { wrong: 'is a placeholder' };
  return secretSettings[name].hasForm ? { wrong: 'is JSON that cannot be read' } : { value: text };
}

function valueIn(name: SecretName, record: UnknownRecord, context: SecretContext): Reading<string> {
  const setting: SecretSetting = secretSettings[name];
  const entries = Object.entries(record).map(([key, value]) => ({
    key: plainName(key),
    value: textIn(value),
    isText: typeof value === 'string' || Array.isArray(value),
  }));
  const own = entries.filter(({ key }) =>
    setting.several ? key.startsWith(plainName(name)) : key === plainName(name),
  );
  const rotated = setting.several && entries.every(({ key }) => ROTATION.test(key)) ? entries : [];
  const fitting = setting.hasForm ? entries.filter(({ value }) => fits(name, value, context)) : [];
  const named = entries.filter(({ key }) => setting.aliases.includes(key));
  const single = [entries, distinct(fitting), named].find(({ length }) => length === 1);
  const chosen =
    [own, rotated, ...(setting.several ? [fitting] : [])].find(({ length }) => length > 0) ?? single;
  if (chosen === undefined) {
    const found =
      fitting.length > 1 ? 'is JSON with several keys that fit' : 'is JSON without a key of that name';
    return { wrong: `${found} (name it ${name})` };
  }
  // One of several may still be missing, such as the previous one.
  if (!chosen.some(({ isText }) => isText)) return { wrong: 'is JSON with a value that is no text' };
  return { value: chosen.map(({ value }) => value).join(',') };
}

/** The names of values of which one replaces another. */
const ROTATION = /^(?:current|previous|next|new|newest|old|older|primary|secondary|first|second|pending)\d*$/;

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly isText: boolean;
}

function distinct(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ value }, index) => entries.findIndex((entry) => entry.value === value) === index);
}

function fits(name: SecretName, value: string, context: SecretContext): boolean {
  const values = valuesIn(name, value);
  return values.length > 0 && values.every((one) => secretSettings[name].wrong(one, context) === undefined);
}

function textIn(value: unknown): string {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((part) => typeof part === 'string').join(',');
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function wrongStripeKey(value: string, { mode }: SecretContext): string | undefined {
  const found = isPlaceholder(value) ? undefined : STRIPE_KEY.exec(value)?.groups?.['mode'];
  if (found === undefined) return oddity(value, /^[sr]k_(?:test|live)_/);
  if (mode === undefined || mode === found) return undefined;
  return `is a key of ${found} mode, but this stage uses ${mode} mode (STRIPE_MODE)`;
}

/** Says what a value is that has not the form of its setting. `start`: how the right ones begin. */
function oddity(value: string, start: RegExp): string {
  if (isPlaceholder(value)) return 'is a placeholder';
  if (start.test(value)) return 'has characters that no such value has, as a shortened or masked copy does';
  return `is ${kindOf(value) ?? 'a text of another kind'}`;
}

/** Says that a value without a form of its own is one of another setting. */
function otherSecret(value: string): string | undefined {
  const kind = kindOf(value);
  const isForeign = /^(?:[srp]k_|whsec_|atk_|arn:|A(?:KI|SI)A[A-Z0-9]{12,}$)/.test(value);
  return isPlaceholder(value) || isForeign ? `is ${kind}` : undefined;
}
