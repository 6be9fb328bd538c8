import { describe, expect, it } from 'vitest';
import { type Ending, endingLine, readEnding, readEndingLine, usersIn } from './ending.ts';

const endings: readonly (readonly [string, Ending])[] = [
  ['row ann', { kind: 'row', sub: 'ann' }],
  ['account ann', { kind: 'account', sub: 'ann' }],
  ['customer ann cus_1', { kind: 'customer', sub: 'ann', customerId: 'cus_1' }],
  [
    'checkout ann cus_1 cs_1 sub_1',
    { kind: 'checkout', sub: 'ann', customerId: 'cus_1', sessionId: 'cs_1', subscriptionId: 'sub_1' },
  ],
];

describe('An ending', () => {
  it.each(endings)('is written as the line "%s" and read from it', (line, ending) => {
    expect(endingLine(ending)).toBe(line);
    expect(readEndingLine(line)).toEqual(ending);
    expect(readEndingLine(`  ${line.replaceAll(' ', ' \t ')}\r\n`)).toEqual(ending);
  });

  it.each(endings)('is read from saved JSON: %s', (_, ending) => {
    expect(readEnding(JSON.parse(JSON.stringify(ending)))).toEqual(ending);
    expect(readEnding({ ...ending, addedLater: true })).toEqual(ending);
  });

  it.each([
    '',
    'row',
    'account',
    'customer',
    'checkout',
    'customer ann',
    'checkout ann',
    'row ann cus_1',
    'account ann cus_1',
    'customer ann sub_1',
    'customer ann 1cus_',
    'customer ann cus_1 cs_1',
    'customer ann cus_1 cs_1 sub_1',
    'checkout ann cus_1',
    'checkout ann cus_1 cs_1',
    'checkout ann cs_1 cus_1 sub_1',
    'checkout ann cus_1 cs_1 sub_1 sub_2',
    'user ann',
    'user ann cus_1',
    'user ann cus_1 cs_1 sub_1',
    '# ended by a person',
  ])('is not read from a line of another form: "%s"', (line) => {
    expect(readEndingLine(line)).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    'row ann',
    ['row', 'ann'],
    {},
    { kind: 'row' },
    { sub: 'ann' },
    { kind: 'row', sub: 'ann ben' },
    { kind: 'customer', sub: 'ann' },
    { kind: 'customer', sub: 'ann', customerId: 1 },
    { kind: 'checkout', sub: 'ann', customerId: 'cus_1', sessionId: 'cs_1' },
  ])('is not read from JSON of another form: %j', (value) => {
    expect(readEnding(value)).toBeUndefined();
  });

  it('counts each user once, with the users of the last days', () => {
    const ofUsers = (...subs: readonly string[]) => subs.map((sub) => ({ sub }));
    expect(usersIn([], [])).toBe(0);
    expect(usersIn(ofUsers('ann', 'ben', 'ann'), [])).toBe(2);
    expect(usersIn([], ['ann', 'ben'])).toBe(2);
    expect(usersIn(ofUsers('ann', 'ben'), ['ben', 'cem'])).toBe(3);
  });
});
