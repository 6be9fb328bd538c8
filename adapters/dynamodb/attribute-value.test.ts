import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemIn, itemJson } from './attribute-value.ts';

const name = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('S', 'N', 'M', 'toString'));
const bytes = fc.uint8Array({ maxLength: 12 });
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
);
const set = fc.oneof(
  fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((members) => new Set<unknown>(members)),
  fc
    .uniqueArray(fc.maxSafeInteger(), { minLength: 1, maxLength: 4 })
    .map((members) => new Set<unknown>(members)),
  fc.array(bytes, { minLength: 1, maxLength: 3 }).map((members) => new Set<unknown>(members)),
);
const { item } = fc.letrec<{ readonly item: Record<string, unknown>; readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc.string(),
      number,
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
      bytes,
      set,
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('item'),
  ),
  item: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

describe('An item in DynamoDB’s JSON', () => {
  it('is that of the official library', () => {
    fc.assert(
      fc.property(item, (given) => {
        const json = JSON.parse(JSON.stringify(itemJson(given)));
        const official = JSON.parse(
          JSON.stringify(withBase64(marshall(given, { removeUndefinedValues: true }))),
        );
        expect(json).toEqual(official);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is read as the official library reads it', () => {
    fc.assert(
      fc.property(item, (given) => {
        const stored = marshall(given, { removeUndefinedValues: true });
        const sent: unknown = JSON.parse(JSON.stringify(withBase64(stored)));
        expect(itemIn(sent)).toEqual(unmarshall(stored, { wrapNumbers: (digits) => Number(digits) }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps every digit of a bigint, and refuses a number whose digits are lost', () => {
    expect(itemJson({ n: 12345678901234567890123456789n })).toEqual({
      n: { N: '12345678901234567890123456789' },
    });
    expect(itemJson({ n: 0.1 })).toEqual({ n: { N: '0.1' } });
    for (const lost of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => itemJson({ lost })).toThrow(TypeError);
    }
  });

  it('leaves out what has no value, and refuses what DynamoDB cannot store', () => {
    expect(itemJson({ a: undefined, b: [1, undefined], c: { d: undefined } })).toEqual({
      b: { L: [{ N: '1' }] },
      c: { M: {} },
    });
    const values = [new Date(0), new Set(), new Set([1, 'a']), new Set([true]), () => 1, Symbol('a')];
    for (const value of values) expect(() => itemJson({ value })).toThrow(TypeError);
  });

  it('of another writer never fails a read', () => {
    const sent = {
      long: { N: '1735689600.250000000000000000001' },
      later: { X: 1 },
      none: null,
      list: { L: 'a' },
    };
    expect(itemIn(sent)).toEqual({ long: 1735689600.25, later: undefined, none: undefined, list: [] });
    expect(itemIn([])).toBeUndefined();
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (json) => {
        expect(Object.keys(itemIn(json) ?? {})).toEqual(Object.keys(json));
      }),
    );
  });

  it('keeps attributes whose names objects have too', () => {
    const names = ['__proto__', 'constructor'];
    const given = Object.fromEntries(names.map((own) => [own, own]));
    expect(Object.keys(given)).toEqual(names);
    expect(itemIn(JSON.parse(JSON.stringify(itemJson(given))))).toEqual(given);
  });
});

/** The official library leaves bytes to the client, which sends them as base64. */
function withBase64(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(withBase64);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: withBase64(entry),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
