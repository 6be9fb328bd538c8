import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnreadable, secondsAt } from './attributes.ts';

const END = 1_800_000_000;

describe('A stored time', () => {
  it.each([
    ['seconds', END],
    ['seconds as text', `${END}`],
    ['seconds with a fraction', END + 0.9],
    ['milliseconds', END * 1000],
    ['milliseconds as text', `${END * 1000}`],
    ['microseconds', END * 1e6],
    ['ISO 8601 in UTC', '2027-01-15T08:00:00Z'],
    ['ISO 8601 with milliseconds', '2027-01-15T08:00:00.500Z'],
    ['ISO 8601 with a zone', '2027-01-15T09:00:00+01:00'],
    ['ISO 8601 without a zone', '2027-01-15T08:00:00'],
    ['a date and a time with a space', '2027-01-15 08:00:00'],
    ['a time of a database', '2027-01-15 08:00:00+00'],
    ['a time with the name of the zone', '2027-01-15 08:00:00 UTC'],
  ])('can be %s', (_, end) => {
    expect(secondsAt({ end }, 'end')).toBe(END);
    expect(isUnreadable({ end }, 'end')).toBe(false);
  });

  it('that is a date includes the whole day', () => {
    for (const end of ['2027-01-15', '20270115', 20_270_115])
      expect(secondsAt({ end }, 'end')).toBe(Date.UTC(2027, 0, 16) / 1000);
  });

  it.each([
    -1,
    -END,
    1e30,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    true,
    {},
    ['1'],
    'soon',
    '15.01.2027',
    '2027-13-45',
  ])('is unreadable if it is %j', (end) => {
    expect(secondsAt({ end }, 'end')).toBeNull();
    expect(isUnreadable({ end }, 'end')).toBe(true);
  });

  it.each([0, '0', 30, 946_684_799, '1999-12-30'])('is unreadable as an end if it is %j', (end) => {
    expect(isUnreadable({ end }, 'end')).toBe(true);
    expect(isUnreadable({ end: 946_684_800 }, 'end')).toBe(false);
  });

  it.each([[{}], [{ end: null }], [{ end: '' }], [{ end: '  ' }]])('is absent in %j', (item) => {
    expect(secondsAt(item, 'end')).toBeNull();
    expect(isUnreadable(item, 'end')).toBe(false);
  });

  it.each(['9999-12-31', '9999-12-31T23:59:59Z', 253_402_300_799, 253_402_300_799_000])(
    'that is %j means never',
    (end) => {
      expect(secondsAt({ end }, 'end')).toBe(253_402_300_799);
    },
  );

  it('means the same once it is stored as it was read', () => {
    const values = fc.oneof(
      fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
      fc.nat(),
      fc.double(),
    );
    fc.assert(
      fc.property(values, (end) => {
        const seconds = secondsAt({ end }, 'end');
        expect(secondsAt({ end: seconds }, 'end')).toBe(seconds);
      }),
    );
  });

  it('never means a time after the year 9999', () => {
    const values = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.string(),
      fc.bigInt().map(String),
      fc.date().map(String),
    );
    fc.assert(
      fc.property(values, (end) => {
        const seconds = secondsAt({ end }, 'end') ?? 0;
        expect(seconds >= 0 && seconds <= 253_402_300_799).toBe(true);
      }),
    );
  });
});
