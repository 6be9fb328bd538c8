import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, isPlainItem, itemIn, ordered, plainItem, textOf, typedItem } from './values.ts';

const plain = { form: 'plain', key: 'id' } as const;
const typed = { form: 'dynamodb', key: 'id' } as const;

describe('An item as plain JSON', () => {
  it('keeps every value that JSON knows', () => {
    const values = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(values, (item) => {
        // JSON has no negative zero, and neither has DynamoDB.
        const known = JSON.parse(JSON.stringify(item)) as Record<string, unknown>;
        expect(plainItem(typedItem(known))).toEqual(known);
      }),
    );
  });

  it('is offered only if nothing is lost', () => {
    expect(
      isPlainItem({ id: { S: 'a' }, n: { N: '1.5' }, list: { L: [{ M: { x: { NULL: true } } }] } }),
    ).toBe(true);
    expect(isPlainItem({ n: { N: '12345678901234567890' } })).toBe(false);
    expect(isPlainItem({ n: { N: '1.10' } })).toBe(false);
    expect(isPlainItem({ set: { SS: ['a'] } })).toBe(false);
    expect(isPlainItem({ list: { L: [{ NS: ['1'] }] } })).toBe(false);
  });

  it('refuses a number that it would round, and not digits within a text', () => {
    expect(() => itemIn('{"id": "a", "n": 12345678901234567890}', plain)).toThrow('too long');
    expect(() => itemIn('{"id": "a", "n": 0.1234567890123456789}', plain)).toThrow('too long');
    expect(itemIn('{"id": "12345678901234567890 \\" 1", "n": 1e3}', plain)).toEqual({
      id: { S: '12345678901234567890 " 1' },
      n: { N: '1000' },
    });
  });
});

describe('The text of an item', () => {
  it.each([
    ['{', 'no JSON'],
    ['[]', 'a JSON object'],
    ['{}', 'The key "id"'],
    ['{"id": ""}', 'The key "id"'],
    ['{"id": 1}', 'The key "id"'],
  ])('%s is refused', (text, message) => {
    expect(() => itemIn(text, plain)).toThrow(message);
  });

  it('as DynamoDB JSON names a type of every attribute', () => {
    const item = { id: { S: 'a' }, n: { N: '12345678901234567890' }, set: { NS: ['1', '2'] } };
    expect(itemIn(textOf(item, 'dynamodb'), typed)).toEqual(item);
    expect(() => itemIn('{"id": {"S": "a"}, "n": 1}', typed)).toThrow('"n" has no type');
    expect(() => itemIn('{"id": {"S": "a"}, "n": {"X": "1"}}', typed)).toThrow('"n" has no type');
  });
});

describe('The columns of a table', () => {
  const items = [
    { id: { S: 'b' }, n: { N: '10' } },
    { id: { S: 'a' }, n: { N: '9' }, rare: { S: 'x' } },
    { id: { S: 'c' } },
  ];

  it('are all attributes, the key first and rare ones last', () => {
    expect(columnsOf(items, 'id')).toEqual(['id', 'n', 'rare']);
  });

  it('sort numbers by size, and items without a value last in both directions', () => {
    const ids = (descending: boolean) =>
      ordered(items, { column: 'n', descending }).map(({ id }) => plainItem({ id })['id']);
    expect(ids(false)).toEqual(['a', 'b', 'c']);
    expect(ids(true)).toEqual(['b', 'a', 'c']);
  });
});
