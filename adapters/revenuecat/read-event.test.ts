import { describe, expect, it } from 'vitest';
import { isAuthorized } from './authorization.ts';
import { readStoreEvent } from './read-event.ts';

const eventOf = (fields: object) => {
  const reading = readStoreEvent({ event: { id: 'e1', type: 'RENEWAL', ...fields } });
  return reading.kind === 'event' ? reading.event : reading;
};

describe('An event', () => {
  it('names every id of its customer once, the app user id first', () => {
    const ids = { original_app_user_id: 'b', aliases: ['b', 'c', 'a'], app_user_id: 'a' };
    expect(eventOf(ids)).toEqual({ id: 'e1', type: 'RENEWAL', ids: ['a', 'b', 'c'] });
  });

  it('names the customers of a transfer in turn', () => {
    const lists = { type: 'TRANSFER', transferred_from: ['a', 'b'], transferred_to: ['c', 'd', 'e'] };
    expect(eventOf(lists)).toMatchObject({
      ids: ['a', 'c', 'b', 'd', 'e'],
      sides: [
        ['a', 'b'],
        ['c', 'd', 'e'],
      ],
    });
  });

  it('names no id of another type', () => {
    const odd = { app_user_id: 1, aliases: [null, {}, ['a'], ' ', 'b'], transferred_to: { 0: 'c' } };
    expect(eventOf(odd)).toEqual({ id: 'e1', type: 'RENEWAL', ids: ['b'] });
  });

  it.each([
    ['an id with spaces', { id: 'Ada Lovelace' }, { id: 'unknown', type: 'RENEWAL' }],
    ['an address as its id', { id: 'ada@example.com' }, { id: 'unknown' }],
    ['a long id', { id: 'x'.repeat(65) }, { id: 'unknown' }],
    ['no id', { id: null }, { id: 'unknown' }],
    ['a type that is no type', { type: 'Ada Lovelace' }, { type: 'unknown', ids: [] }],
    ['a new type', { type: 'SOMETHING_NEW' }, { type: 'SOMETHING_NEW' }],
  ])('with %s is read, and nothing of it is repeated', (_, fields, expected) => {
    expect(eventOf(fields)).toMatchObject(expected);
  });

  it('can be a test', () => {
    expect(readStoreEvent({ event: { type: 'TEST' } })).toEqual({ kind: 'test' });
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ event: null }],
    [{ event: [] }],
    [{ event: {} }],
    [{ event: { type: ' ' } }],
  ])('is malformed if the body is %j', (body) => {
    expect(readStoreEvent(body)).toEqual({ kind: 'malformed' });
  });
});

describe('The shared header', () => {
  it.each([
    ['the value', 'Bearer one', true],
    ['another of the values', 'Bearer two', true],
    ['a value in another case', 'bearer one', false],
    ['the start of a value', 'Bearer', false],
    ['a value with more after it', 'Bearer one ', false],
    ['both values', 'Bearer one,Bearer two', false],
    ['nothing', '', false],
    ['no header', undefined, false],
  ])('with %s is accepted: %s', (_, header, expected) => {
    expect(isAuthorized(header, ['Bearer one', 'Bearer two'])).toBe(expected);
  });

  it('is accepted by no one while there is no value', () => {
    expect([isAuthorized('', []), isAuthorized(undefined, ['']), isAuthorized('x', [])]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
