/** Tests of form decoding with the encodings of Stripe's clients. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeForm } from './form.ts';

type Value = string | readonly Value[] | { readonly [key: string]: Value };

const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((key) => key !== '__proto__');
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
    fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4 }),
  ),
}));
const form = fc.dictionary(name, value, { maxKeys: 6 });

/** Encodes as the official library does: arrays by index, plain brackets in keys. */
function encode(fields: Value, prefix = ''): string[] {
  if (typeof fields === 'string') return [`${prefix}=${encodeURIComponent(fields)}`];
  return Object.entries(fields).flatMap(([key, entry]) =>
    encode(entry, prefix === '' ? key : `${prefix}[${key}]`),
  );
}

function plain(decoded: unknown): unknown {
  return JSON.parse(JSON.stringify(decoded));
}

test('The decoder restores everything that the library can encode', () => {
  fc.assert(
    fc.property(form, (fields) => {
      expect(plain(decodeForm(encode(fields).join('&')))).toEqual(plain(fields));
    }),
  );
});

test('Percent-encoded brackets mean the same as plain brackets', () => {
  fc.assert(
    fc.property(form, (fields) => {
      const encoded = encode(fields).map((pair) => pair.replaceAll('[', '%5B').replaceAll(']', '%5D'));
      expect(plain(decodeForm(encoded.join('&')))).toEqual(plain(fields));
    }),
  );
});

test('Repeated empty brackets make an array and a plus is a space, as the Stripe CLI sends them', () => {
  expect(plain(decodeForm('expand[]=customer&expand[]=items&description=made+by+CLI+%28it%29'))).toEqual({
    expand: ['customer', 'items'],
    description: 'made by CLI (it)',
  });
});

test('The decoder accepts any text or rejects it with status 400', () => {
  fc.assert(
    fc.property(
      fc.string(),
      (text) => rejectionStatusOf(text) === undefined || rejectionStatusOf(text) === 400,
    ),
  );
});

function rejectionStatusOf(text: string): unknown {
  try {
    decodeForm(text);
    return undefined;
  } catch (error) {
    return (error as { status?: unknown }).status ?? 'not a Stripe error';
  }
}

test('A parameter named __proto__ does not pollute the prototype', () => {
  expect(Object.hasOwn(decodeForm('__proto__[polluted]=1'), '__proto__')).toBe(true);
  expect({}).not.toHaveProperty('polluted');
});
