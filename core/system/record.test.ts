import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  flagAt,
  integerAt,
  isRecord,
  parseJson,
  recordAt,
  recordsIn,
  textAt,
  textIn,
  valueAt,
} from './record.ts';

const readers = { flagAt, integerAt, recordAt, textAt };

describe('The reader of untrusted records', () => {
  it.each(['', ' ', '\t\n', '\u00a0'])('reads the blank text %j as absent', (blank) => {
    expect(textAt({ id: blank }, 'id')).toBeNull();
    expect(textIn(blank)).toBeNull();
  });

  it('returns any other text unchanged, with the spaces around it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(textAt({ id: text }, 'id')).toBe(text.trim() === '' ? null : text);
      }),
    );
  });

  it.each([null, undefined, [], {}, 7, true])('reads %j in place of a text as absent', (value) => {
    expect(textAt({ id: value }, 'id')).toBeNull();
  });

  it.each(['1', 1.5, Number.NaN, 2 ** 53, null])('reads %j in place of an integer as absent', (value) => {
    expect(integerAt({ at: value }, 'at')).toBeNull();
  });

  it('keeps zero and false, which are values', () => {
    expect(integerAt({ at: 0 }, 'at')).toBe(0);
    expect(flagAt({ on: false }, 'on')).toBe(false);
  });

  it('never takes a list for a record', () => {
    expect(isRecord([])).toBe(false);
    expect(recordAt({ object: [] }, 'object')).toBeNull();
    expect(recordsIn([{ id: 'a' }, [], null, 'b'])).toEqual([{ id: 'a' }]);
  });

  it('never reads an inherited property', () => {
    const inheriting: object = Object.create({ id: 'inherited' });
    expect(isRecord(inheriting) && valueAt(inheriting, 'id')).toBeUndefined();
    expect(recordAt({}, '__proto__')).toBeNull();
    expect(valueAt({}, 'constructor')).toBeUndefined();
  });

  it('reads every field of an absent record as absent', () => {
    for (const read of Object.values(readers)) expect(read(null, 'id')).toBeNull();
  });

  it('never throws, whatever the record holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.string(), (record, name) => {
        for (const read of Object.values(readers)) expect(() => read(record, name)).not.toThrow();
      }),
    );
  });
});

describe('Parsing JSON', () => {
  it('returns the value, or undefined for a text that is not JSON', () => {
    expect(parseJson('{"a":1}')).toEqual({ a: 1 });
    expect(parseJson('null')).toBeNull();
    expect(parseJson('{')).toBeUndefined();
    expect(parseJson('')).toBeUndefined();
  });
});
