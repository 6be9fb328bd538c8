import { describe, expect, it } from 'vitest';
import { isSub } from './sub.ts';

describe('A sub', () => {
  it('is a UUID today, and may be any other text that works as a key, in a header and in a log line', () => {
    for (const sub of ['3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b', 'x', '!', '~', 'a'.repeat(128)]) {
      expect([sub, isSub(sub)]).toEqual([sub, true]);
    }
  });

  it('is neither empty, nor longer than 128 characters, nor any text with a space or a control character', () => {
    const unusable = ['', ' ', 'a b', ' a', 'a ', 'a\n', '\na', 'a\u007f', '\u001fa', 'é', 'a'.repeat(129)];
    for (const sub of unusable) expect([sub, isSub(sub)]).toEqual([sub, false]);
  });

  it('is text', () => {
    for (const value of [12, null, undefined, true, {}, ['a']])
      expect([value, isSub(value)]).toEqual([value, false]);
  });
});
