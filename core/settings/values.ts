/** Reads settings that are numbers, switches, names and ids. */
import { kindOf, type Reading } from './text.ts';

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

const NUMBER = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e\+?\d{1,2}|e-\d{1,3})?$/i;

export function readNumber(text: string, { min = 0, max, whole = false }: NumberRange): Reading<number> {
  const kind = whole ? 'a whole number' : 'a number';
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const fix = `set ${kind} ${range}`;
  const plain = text.normalize('NFKC');
  if (!NUMBER.test(plain)) return { wrong: `is ${notANumber(plain)}: ${fix}` };
  const value = Number(plain);
  if (whole && !Number.isInteger(value)) return { wrong: `is not a whole number: ${fix}` };
  if (value < min || value > (max ?? Number.MAX_SAFE_INTEGER)) {
    return { wrong: `is too ${value < min ? 'small' : 'large'}: ${fix}` };
  }
  return { value };
}

function notANumber(text: string): string {
  if (/^[-−]\s*[\d.]/.test(text)) return 'a negative number';
  if (text.endsWith('%')) return 'a percentage';
  return /^[\d.,' ]*\d[\d.,' ]*$/.test(text) ? 'a number with separators' : 'not a number';
}

const words: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'y', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'n', 'off'].map((word) => [word, false] as const),
]);

export function readFlag(text: string): Reading<boolean> {
  const value = words.get(text.toLowerCase());
  return value === undefined ? { wrong: 'is neither true nor false: set one of them' } : { value };
}

export function readChoice<T extends string>(text: string, choices: readonly T[]): Reading<T> {
  const value = choices.find((choice) => choice === text.toLowerCase());
  return value === undefined ? { wrong: `is none of its values: set ${choices.join(' or ')}` } : { value };
}

/** Two letters, except in the European Sovereign Cloud (`eusc-de-east-1`). */
const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d$/;

export function readRegion(text: string): Reading<string> {
  if (REGION.test(text)) return { value: text };
  const found = /^[a-z]{2,4}(?:-[a-z]+)+-\d[a-z]$/.test(text)
    ? 'an availability zone'
    : 'not a region of AWS';
  return { wrong: `is ${found}: set a region such as us-east-1` };
}

/** The region of the installation. Undefined: not known, or another server than that of AWS. */
type Region = string | undefined;

export function readTableName(text: string, region: Region): Reading<string> {
  if (/^[\w.-]{3,255}$/.test(text)) return { value: text };
  const inArn = /^arn:[\w-]+:dynamodb:(?<region>[\w-]+):\d{12}:table\/[\w.-]{3,255}$/.exec(text)?.groups?.[
    'region'
  ];
  if (inArn !== undefined) return sameRegion(text, { what: 'a table', region: inArn }, region);
  const fix = 'set the name of a table, of 3 to 255 letters, digits, hyphens, underscores and dots';
  return { wrong: `is ${kindOf(text) ?? 'no name of a table'}: ${fix}` };
}

export function readUserPoolId(text: string, region: Region): Reading<string> {
  const inId = /^(?<region>[a-z]{2,4}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(text)?.groups?.['region'];
  if (inId !== undefined) return sameRegion(text, { what: 'a user pool', region: inId }, region);
  if (region === undefined && /^[a-z]+_[A-Za-z0-9]+$/.test(text)) return { value: text };
  const found = /cognito-idp\./.test(text)
    ? 'the address of a user pool'
    : (kindOf(text) ?? otherIdOfCognito(text));
  return { wrong: `is ${found}: set the id of the user pool, such as us-east-1_Abc123xyz` };
}

function otherIdOfCognito(text: string): string {
  return /^[a-z0-9]{20,}$/.test(text) ? 'the id of an app client' : 'no id of a user pool';
}

function sameRegion(
  value: string,
  found: { readonly what: string; readonly region: string | undefined },
  region: Region,
): Reading<string> {
  if (region === undefined || region === found.region) return { value };
  return {
    wrong: `is ${found.what} in the region ${found.region}, but AWS_REGION is ${region}: set one of the same region`,
  };
}

export function readSecretArn(text: string, region: Region): Reading<string> {
  const fix = 'set the ARN of a secret in Secrets Manager';
  const arn = /^arn:[\w-]+:secretsmanager:(?<region>[\w-]+):\d{12}:secret:[\w/+=.@-]{1,519}$/.exec(text);
  if (arn !== null) return sameRegion(text, { what: 'a secret', region: arn.groups?.['region'] }, region);
  // Another server than that of AWS has ids of its own form.
  if (region === undefined && /^arn:\S+$/.test(text)) return { value: text };
  if (/^arn:[^:]*:secretsmanager:/.test(text)) {
    const found = /\s/.test(text)
      ? 'an ARN with blanks in it'
      : 'no whole ARN of a secret, or one with a part after it';
    return { wrong: `is ${found}: ${fix}` };
  }
  if (/^arn:[^:]*:ssm:/.test(text)) return { wrong: `is a parameter of Systems Manager: ${fix}` };
  const kind = kindOf(text);
  // A secret is found by its name too.
  if (kind === undefined && /^[\w/+=.@-]{1,512}$/.test(text)) return { value: text };
  return { wrong: `is ${kind ?? 'no ARN'}: ${fix}` };
}

/** A price id, the id of a legacy plan, or a lookup key. */
export function readPriceName(text: string): Reading<string> {
  const kind = kindOf(text);
  const fix = 'set the ids of prices (price_…) or their lookup keys';
  if (/^(?:price|plan)_\w+$/.test(text) && kind !== 'a placeholder') return { value: text };
  if (kind !== undefined) return { wrong: `names ${kind}: ${fix}` };
  return text.length > 200 ? { wrong: `names a text of more than 200 characters: ${fix}` } : { value: text };
}

/** The id of a coupon, or of a promotion code (`promo_…`). A coupon's id can be any text. */
export function readDiscount(text: string): Reading<string> {
  const kind = kindOf(text);
  const fix = 'set the id of a coupon, or of a promotion code (promo_…)';
  if (/^promo_\w+$/.test(text)) return { value: text };
  if (kind !== undefined) return { wrong: `is ${kind}: ${fix}` };
  return /^[\w.-]{1,200}$/.test(text) ? { value: text } : { wrong: `is no id of a coupon: ${fix}` };
}

/** The type of a payment method, as Stripe names it. */
export function readPaymentMethod(text: string): Reading<string> {
  const value = text.toLowerCase();
  if (/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(value) && kindOf(text) === undefined) return { value };
  return { wrong: 'names no type of a payment method: set types of Stripe such as card and sepa_debit' };
}

export function readPortalConfiguration(text: string): Reading<string> {
  if (/^bpc_\w+$/.test(text)) return { value: text };
  return {
    wrong: `is ${kindOf(text) ?? 'no id of Stripe'}: set the id of a configuration of the billing portal (bpc_…)`,
  };
}

export function readRevenueCatProject(text: string): Reading<string> {
  if (/^proj[A-Za-z0-9_-]{1,60}$/.test(text)) return { value: text };
  const found =
    kindOf(text) ?? (/^app[0-9a-f]+$/.test(text) ? 'the id of an app in RevenueCat' : 'no id of a project');
  return { wrong: `is ${found}: set the id of the project in RevenueCat, such as proj1ab2c3d4` };
}

/** The name of a partner event source, which is also that of its bus. */
const EVENT_SOURCE = /^aws\.partner\/stripe\.com\/[\w-]+$/;

/** Returns what events of the source name as their `source`. The console shows the ARN too. */
export function readEventSource(text: string): Reading<string> {
  const name = /^arn:[\w-]+:events:[\w-]+:\d*:event-(?:source|bus)\/(?<name>.+)$/.exec(text)?.groups?.[
    'name'
  ];
  if (EVENT_SOURCE.test(name ?? text)) return { value: name ?? text };
  const found =
    kindOf(text) ?? (text.startsWith('ed_') ? 'only the id of a destination' : 'no source of Stripe');
  return {
    wrong: `is ${found}: set the name of the partner event source, such as aws.partner/stripe.com/ed_1AbC`,
  };
}

export function readQueueArn(text: string): Reading<string> {
  if (/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/.test(text)) return { value: text };
  return {
    wrong: `is ${kindOf(text) ?? 'no ARN'}: set the ARN of the queue, such as arn:aws:sqs:us-east-1:111122223333:stripe-events`,
  };
}

/** The stage of a test has an address of its own, so only the form of the path is that of SQS. */
export function readQueueUrl(text: string): Reading<string> {
  if (/^https?:\/\/[\w.:[\]-]+\/\d{12}\/[\w-]{1,75}\.fifo$/.test(text)) return { value: text };
  const found = text.startsWith('arn:') ? 'an ARN' : 'no address of a FIFO queue';
  return {
    wrong: `is ${found}: set the URL of the queue, such as https://sqs.us-east-1.amazonaws.com/111122223333/stripe-events.fifo`,
  };
}
