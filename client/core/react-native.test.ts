import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { subscriber, tokenWith } from '../testing/scripted-api.ts';
import { createClient } from './index.ts';

const changed: (() => void)[] = [];
beforeAll(() => {
  vi.stubGlobal('TextDecoder', undefined);
  for (const name of ['throwIfAborted', 'reason'] as const) {
    const known = Object.getOwnPropertyDescriptor(AbortSignal.prototype, name) ?? {};
    Object.defineProperty(AbortSignal.prototype, name, { value: undefined, configurable: true });
    changed.push(() => void Object.defineProperty(AbortSignal.prototype, name, known));
  }
});
afterAll(() => {
  for (const restore of changed) restore();
  vi.unstubAllGlobals();
});

/** The `fetch` of Node needs what is missing here. */
function clientWith(answers: (init: RequestInit | undefined) => Promise<unknown>) {
  let asked = 0;
  const fetch = async (_: unknown, init?: RequestInit) => {
    asked += 1;
    const body = await answers(init);
    return {
      ok: true,
      status: 200,
      headers: { get: () => null },
      text: async () => JSON.stringify(body),
    } as unknown as Response;
  };
  const getToken = () => tokenWith({ sub: 'zoë' });
  return {
    account: createClient({ baseUrl: 'https://api.example.com', getToken, fetch }),
    asked: () => asked,
  };
}

describe('The client on React Native, which lacks a part of the web', () => {
  it('knows the user, and asks once for one answer', async () => {
    const { account, asked } = clientWith(async () => subscriber);
    expect(await account.user()).toBe('zoë');
    expect(await account.entitlements.get()).toEqual(subscriber);
    expect(await account.entitlements.get()).toEqual(subscriber);
    expect(asked()).toBe(1);
  });

  it('stops a call that is aborted before or during it', async () => {
    const leaving = new AbortController();
    const { account } = clientWith(async (init) => {
      const stopped = new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('Aborted')));
      });
      leaving.abort();
      return stopped;
    });
    const { signal } = leaving;
    await expect(account.portal.open({}, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(account.entitlements.get({ signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
