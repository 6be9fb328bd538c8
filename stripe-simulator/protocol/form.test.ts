/** Form decoding: what Stripe's clients encode comes back as it was. */
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

/** As the library does it: arrays by index, brackets in keys plain. */
function encode(fields: Value, prefix = ''): string[] {
  if (typeof fields === 'string') return [`${prefix}=${encodeURIComponent(fields)}`];
  return Object.entries(fields).flatMap(([key, entry]) =>
    encode(entry, prefix === '' ? key : `${prefix}[${key}]`),
  );
}

function plain(decoded: unknown): unknown {
  return JSON.parse(JSON.stringify(decoded));
}

test('everything the library can encode is decoded to the same', () => {
  fc.assert(
    fc.property(form, (fields) => {
      expect(plain(decodeForm(encode(fields).join('&')))).toEqual(plain(fields));
    }),
  );
});

test('encoded brackets mean the same as plain ones', () => {
  fc.assert(
    fc.property(form, (fields) => {
      const encoded = encode(fields).map((pair) => pair.replaceAll('[', '%5B').replaceAll(']', '%5D'));
      expect(plain(decodeForm(encoded.join('&')))).toEqual(plain(fields));
    }),
  );
});

test('the CLI’s repeated empty brackets make an array, its plus a space', () => {
  expect(plain(decodeForm('expand[]=customer&expand[]=items&description=made+by+CLI+%28it%29'))).toEqual({
    expand: ['customer', 'items'],
    description: 'made by CLI (it)',
  });
});

test('no text makes the decoder fail in any way but a refusal', () => {
  fc.assert(fc.property(fc.string(), (text) => refusalOf(text) === undefined || refusalOf(text) === 400));
});

function refusalOf(text: string): unknown {
  try {
    decodeForm(text);
    return undefined;
  } catch (error) {
    return (error as { status?: unknown }).status ?? 'a fault';
  }
}

test('a parameter called like a prototype is just a name', () => {
  expect(Object.hasOwn(decodeForm('__proto__[polluted]=1'), '__proto__')).toBe(true);
  expect({}).not.toHaveProperty('polluted');
});
