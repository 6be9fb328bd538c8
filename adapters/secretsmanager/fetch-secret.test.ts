import { describe, expect, it } from 'vitest';
import { textOf } from './fetch-secret.ts';

describe('A secret that is stored as a binary value', () => {
  it.each([
    ['UTF-8', Buffer.from('whsec_a')],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFwhsec_a')],
    ['UTF-16 of Windows PowerShell', Buffer.from('\uFEFFwhsec_a', 'utf16le')],
  ])('is read in %s', (_, bytes) => {
    expect(textOf(bytes)).toBe('whsec_a');
  });

  it('is empty without a value', () => {
    expect(textOf(undefined)).toBe('');
  });
});
