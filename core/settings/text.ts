/** Reads settings as people type and paste them: in quotes, between blanks, with characters that no one sees. */

import { parseJson } from '../system/record.ts';

/** A value, or what is wrong with the text: what kind of text was found and what to set. Never the text itself. */
export type Reading<T> = { readonly value: T } | { readonly wrong: string };

const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['„', '“'],
  ['‘', '’'],
  ['«', '»'],
];

/** Nearly every setting has no blank, no quote, and nothing that no one sees. To see that takes a tenth of the time. */
const PLAIN = /^[!#-&(-_a-~]*$/;

/** Returns the text without quotes around it, blanks at its ends, and characters that no one sees. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  const visible = text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim();
  const string = visible.startsWith('"') ? parseJson(visible) : undefined;
  if (typeof string === 'string') return cleanText(string);
  const pair = quotes.find(
    ([open, close]) => visible.length > 1 && visible.startsWith(open) && visible.endsWith(close),
  );
  if (pair === undefined) return visible;
  const inner = visible.slice(1, -1);
  // The first and the last of several quoted values, unless they are those of JSON.
  const isSeveral = (inner.includes(pair[0]) || inner.includes(pair[1])) && !/^\s*\{.*\}\s*$/s.test(inner);
  return isSeveral ? visible : cleanText(inner);
}

/** A prefix that an example of a key or an id keeps: `sk_live_xxx`, `us-east-1_XXXXXXXXX`. */
const PREFIX = /^(?:[sr]k_(?:test|live)_|(?:sk|whsec|price|prod|bpc|proj)_?|[a-z]{2,4}(?:-[a-z]+)+-\d_)/;

/** By the characters that they begin with, so that a new process prepares only the patterns that a value needs. */
const placeholders: readonly (readonly [string, RegExp])[] = [
  ['<', /^<[^<>]*>$/],
  ['[', /^\[[^[\]"',]*\]$/],
  ['${', /^\$?\{+[\w .-]+\}+$/],
  ['$', /^\$\w+$/],
  ['%', /^%\w+%$/],
  ['criepf', /^(?:change|replace|insert|enter|paste|fill)[-_ ]?(?:me|this|it|here|in|with)(?![a-z])/],
  ['crf', /^(?:change|replace|fill)(?:me|this)/],
  ['pa', /^(?:put|add)[-_ ]your\b/],
  ['pa', /^(?:put|add)_your/],
  ['y', /^your[-_ ]/],
  ['m', /^my[-_ ](?:api[-_ ]?|secret[-_ ]?|stripe[-_ ]?)key$/],
  ['x*.…-_0', /^(?:x{3,}|\*{3,}|\.{2,}|…+|-+|_+|0{8,})$/],
  ['tfpdnuer', /^(?:todo|tbd|fixme|placeholder|dummy|none|null|nil|undefined|n\/a|example|redacted)$/],
];

/** Returns whether the text only marks the place of a value: `<your key>`, `changeme`, `sk_live_…`. */
export function isPlaceholder(text: string): boolean {
  const lower = text.toLowerCase();
  const rest = lower.replace(PREFIX, '');
  return marksPlace(lower) || (rest !== lower && marksPlace(rest));
}

function marksPlace(text: string): boolean {
  const first = text.slice(0, 1);
  return (
    first !== '' && placeholders.some(([starts, pattern]) => starts.includes(first) && pattern.test(text))
  );
}

/** Returns the values of a list: separated by commas or lines, or a JSON list. Blanks and empty values do not count. */
export function listIn(text: string, separators = /[,\n\r]/): readonly string[] {
  const parts = jsonList(text) ?? text.split(separators);
  return parts.map(cleanText).filter((part) => part !== '');
}

function jsonList(text: string): readonly string[] | undefined {
  const parsed = text.startsWith('[') ? parseJson(text) : undefined;
  return Array.isArray(parsed) && parsed.every((part) => typeof part === 'string') ? parsed : undefined;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^sk_org_/, 'a key of an organization in Stripe (sk_org_…)'],
  [/^(?:[sr]k)_live_/, 'a key of Stripe in live mode'],
  [/^(?:[sr]k)_test_/, 'a key of Stripe in test mode'],
  [/^pk_/, 'a publishable key of Stripe (pk_…)'],
  [/^whsec_/, 'a webhook secret of Stripe (whsec_…)'],
  [/^(?:ek_|(?:cs|pi|seti)_.+_secret_)/, 'a secret of Stripe for a client'],
  [/^(?:appl|goog|amzn|strp|rcb|mac|roku|pdl|test)_/, 'a public SDK key of RevenueCat'],
  [/^atk_/, 'a token of RevenueCat (atk_…)'],
  [/^[sr]k_/, 'a secret key without a mode, as RevenueCat has them (sk_…)'],
  [/^prod_/, 'the id of a product in Stripe (prod_…)'],
  [/^(?:price|plan)_/, 'the id of a price in Stripe'],
  [/^we_/, 'the id of a webhook endpoint in Stripe (we_…)'],
  [/^bpc_/, 'the id of a configuration of the billing portal (bpc_…)'],
  [/^(?:cus|sub|si|in|evt|acct|plink|promo|prctbl|txr|cs|ch|pi|pm)_/, 'the id of another object in Stripe'],
  [/^proj[a-z0-9]+$/, 'the id of a project in RevenueCat'],
  [/^A(?:KI|SI)A[A-Z0-9]{12,}$/, 'the id of an AWS access key'],
  [/^arn:[^:]*:secretsmanager:/, 'the ARN of a secret'],
  [/^arn:[^:]*:cognito-idp:/, 'the ARN of a user pool'],
  [/^arn:/, 'the ARN of another kind of resource'],
  [/^[a-z]{2,4}(?:-[a-z]+)+-\d:[0-9a-f-]{36}$/, 'the id of an identity pool'],
  [/^[a-z]{2,4}(?:-[a-z]+)+-\d_\w+$/, 'the id of a user pool'],
  [/^[a-z][a-z0-9+.-]*:\/\//i, 'a URL'],
  [/^[{[]/, 'JSON'],
];

/** Says what kind of value a text is, if it is known, and never the value. */
export function kindOf(text: string): string | undefined {
  if (text === '') return 'empty';
  if (isPlaceholder(text)) return 'a placeholder';
  return kinds.find(([pattern]) => pattern.test(text))?.[1];
}
