import { afterEach, describe, expect, it, vi } from 'vitest';
import { takeParameter, whenInFront } from './page.ts';

describe('An app without a page, as on React Native', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ['no window', undefined],
    ['a window that is the global object', globalThis],
  ])('has no address and no focus (%s)', (_, window) => {
    vi.stubGlobal('window', window);
    expect(takeParameter('session_id')).toBeNull();
    const stop = whenInFront(() => {
      throw new Error('There is nothing to come to the front.');
    });
    stop();
  });
});
