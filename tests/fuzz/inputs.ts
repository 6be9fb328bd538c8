/** Unexpected inputs: JSON of any shape, odd texts, and well-formed values that are corrupted in a few places. */
import * as fc from 'fast-check';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** These values must never reach a log, wherever they occur in an input. */
export const secrets = {
  email: 'leak-me@example.com',
  name: 'Leakme Lovelace',
  token: 'eyJ-leak-me-token',
} as const;

const personalKeys = ['email', 'name', 'given_name', 'family_name', 'phone_number', 'receipt_email'] as const;

/** Inherited names, names that code often checks for, and names that the functions read. */
const knownKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  '',
  'id',
  'object',
  'data',
  'type',
  'customer',
  'metadata',
  'cognito_sub',
  'cognito_user_id',
  'claims',
  'jwt',
  'authorizer',
  'request',
  'userAttributes',
  'userPoolId',
  'created',
  'livemode',
  'account',
  'parent',
  'subscription_details',
] as const;

/** Printable text, any Unicode, paths and queries, and sometimes very long text. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom('\u0000', '\n', "'", '"', '\\', '/', '%') }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '../../v1/account',
      '.',
      '..',
      'search',
      '?x=1',
      '#',
      ' ',
      '%00',
      '__proto__',
      '[]',
    ),
  },
  { weight: 1, arbitrary: fc.nat(5_000).map((length) => 'x'.repeat(length)) },
);

/** Lone surrogates, which JSON can carry and UTF-8 cannot. */
const brokenTexts = fc.string({ unit: fc.constantFrom('\ud800', '\udfff', 'a') });

const numbers: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -1, 1e308, -1e308, 2 ** 53, 2 ** 63, 1e21, 5e-324),
);

type Shapes = { json: Json; object: JsonObject };

function shapesOf(text: fc.Arbitrary<string>): fc.LetrecValue<Shapes> {
  const builder: fc.LetrecTypedBuilder<Shapes> = (tie) => ({
    json: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      numbers,
      text,
      fc.array(tie('json'), { maxLength: 4 }),
      tie('object'),
      fc.nat(300).map(nested),
    ),
    object: fc
      .array(
        fc.oneof(
          fc.tuple(fc.oneof(fc.constantFrom(...knownKeys), fc.string()), tie('json')),
          fc.tuple(fc.constantFrom(...personalKeys), fc.constantFrom(secrets.email, secrets.name)),
        ),
        { maxLength: 6 },
      )
      // Makes `__proto__` an own key, as JSON does.
      .map((entries): JsonObject => Object.fromEntries(entries)),
  });
  return fc.letrec(builder);
}

export const { json, object } = shapesOf(
  fc.oneof({ weight: 8, arbitrary: texts }, { weight: 1, arbitrary: brokenTexts }),
);

function nested(depth: number): Json {
  let value: Json = [];
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Anything except a text that could name a user. */
export const noName: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom('', ' ', '\n\t ', undefined),
  json.filter((value) => typeof value !== 'string'),
);

/** Anything that cannot be a sub: not a text, or a text that is too long or contains spaces or non-ASCII characters. */
export const noSub: fc.Arbitrary<Json | undefined> = fc.oneof(
  noName,
  texts.filter((text) => !/^[\x21-\x7e]{1,128}$/.test(text)),
);

/** Returns the value with one to four of its nodes deleted, replaced or wrapped. */
export function corrupted(value: Json, others: readonly Json[] = []): fc.Arbitrary<Json> {
  const replacement = others.length > 0 ? fc.oneof(json, fc.constantFrom(...others)) : json;
  const change = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('delete', 'replace', 'in_list', 'in_object', 'as_text'),
    replacement,
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
    changes.reduce<Json>((current, { at, how, replacement }) => {
      const places = countOf(current);
      const changed = changedAt(current, at % places, (old) => {
        if (how === 'delete') return undefined;
        if (how === 'in_list') return [old];
        if (how === 'in_object') return { id: old, object: old };
        if (how === 'as_text') return typeof old === 'object' ? 'object' : String(old);
        return replacement;
      });
      return changed ?? null;
    }, value),
  );
}

/** Counts a value and everything in it. */
function countOf(value: Json): number {
  return childrenOf(value).reduce<number>((sum, [, child]) => sum + countOf(child), 1);
}

function childrenOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Changes the node with this number, counted depth first. `undefined` deletes it. */
function changedAt(value: Json, place: number, change: (old: Json) => Json | undefined): Json | undefined {
  if (place === 0) return change(value);
  let left = place - 1;
  const entries: [string, Json][] = [];
  for (const [key, child] of childrenOf(value)) {
    const size = countOf(child);
    const next = left >= 0 && left < size ? changedAt(child, left, change) : child;
    if (next !== undefined) entries.push([key, next]);
    left -= size;
  }
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}
