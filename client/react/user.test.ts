// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { createElement as h, type ReactNode, StrictMode, useLayoutEffect } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Client, createClient } from '../core/index.ts';
import { type ScriptedApi, startScriptedApi, subscriber, tokenWith } from '../testing/scripted-api.ts';
import { AccountProvider, Gate, useEntitlements } from './index.ts';

const none = { ...subscriber, status: 'none', plan: null, access_granted: false, features: [] } as const;

let api: ScriptedApi;
let token: string | null;
let client: Client;
let seen: string[];
beforeAll(async () => {
  api = await startScriptedApi();
});
afterAll(() => api.close());
beforeEach(() => {
  signIn('ada');
  client = createClient({ baseUrl: api.url, getToken: () => token, retries: 0 });
  seen = [];
  api.answerWith(({ token: asked }) => ({ body: asked === tokenWith({ sub: 'ada' }) ? subscriber : none }));
  window.history.replaceState(null, '', '/');
});
afterEach(cleanup);

function signIn(user: string | null) {
  token = user === null ? null : tokenWith({ sub: user });
}
const routes = () => api.asked.map(({ route }) => route);

/** Notes what is on the screen with each commit, also for an instant. */
function Shown(): ReactNode {
  const { status, entitlements } = useEntitlements();
  const said = [status, entitlements?.plan].filter(Boolean).join(' ');
  useLayoutEffect(() => void seen.push(said));
  return h('p', null, said);
}
const page = (user: string | null | undefined, key = 'same') =>
  h(StrictMode, null, h(AccountProvider, { client, key, ...(user === undefined ? {} : { user }) }, h(Shown)));

describe('The provider', () => {
  it('reads for a user who signs in, where it is mounted from the start for each user', async () => {
    signIn(null);
    const { rerender } = render(page(null, 'none'));
    await screen.findByText('signed_out');
    signIn('ada');
    rerender(page('ada', 'ada'));
    await screen.findByText('ready price_pro');
    signIn('ben');
    seen = [];
    rerender(page('ben', 'ben'));
    await screen.findByText('ready');
    expect(seen).not.toContain('ready price_pro');
  });

  it.each([null, 'ada'])('reads for a user who is unknown for a moment after %s', async (first) => {
    signIn(first);
    const { rerender } = render(page(first));
    await screen.findByText(first === null ? 'signed_out' : 'ready price_pro');
    rerender(page(undefined));
    signIn('ada');
    rerender(page('ada'));
    await screen.findByText('ready price_pro');
  });

  it('shows the former user’s answer not for an instant', async () => {
    const { rerender } = render(page('ada'));
    await screen.findByText('ready price_pro');
    seen = [];
    signIn('ben');
    rerender(page('ben'));
    await screen.findByText('ready');
    signIn(null);
    rerender(page(null));
    expect(seen).not.toContain('ready price_pro');
    expect(seen.at(-1)).toBe('signed_out');
  });

  it('reads with another client that it is given', async () => {
    const { rerender } = render(page('ada'));
    await screen.findByText('ready price_pro');
    const ofBen = tokenWith({ sub: 'ben' });
    client = createClient({ baseUrl: api.url, getToken: () => ofBen, retries: 0 });
    seen = [];
    rerender(page('ben'));
    await screen.findByText('ready');
    expect(seen).not.toContain('ready price_pro');
    expect(api.asked.at(-1)?.token).toBe(ofBen);
  });

  it('takes no answer of the server for a user who has signed out', () => {
    const markup = h(AccountProvider, { client, user: null, initial: subscriber }, h(Shown));
    expect(renderToString(markup)).toBe('<p>signed_out</p>');
  });
});

describe('A user who returns from Checkout', () => {
  it.each([null, undefined])('and is found signed in later (%s first) is synced then', async (first) => {
    window.history.replaceState(null, '', '/welcome?session_id=cs_1');
    signIn(null);
    const { rerender } = render(page(first));
    await screen.findByText('signed_out');
    signIn('ada');
    rerender(page('ada'));
    await screen.findByText('ready price_pro');
    expect(routes()).toEqual(['POST /me/entitlements/sync']);
    expect(window.location.search).toBe('');
  });

  it('and signs out before the payment is confirmed leaves nothing to the next user', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    window.history.replaceState(null, '', '/welcome?session_id=cs_3');
    api.answerWith(() => ({ body: none }));
    const { rerender } = render(page('ada'));
    await api.requests(1);
    await vi.waitFor(() => screen.getByText('ready'));
    signIn(null);
    rerender(page(null));
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    signIn('ben');
    rerender(page('ben'));
    await vi.waitFor(() => screen.getByText('ready'));
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(routes()).toEqual(['POST /me/entitlements/sync', 'GET /me/entitlements']);
    expect(api.asked.at(-1)?.token).toBe(tokenWith({ sub: 'ben' }));
  });

  it('from a trial waits for the plan, not only for the access of the trial', async () => {
    const trial = {
      ...none,
      access_granted: true,
      access_reason: 'trial',
      trial_active: true,
      source: 'trial',
    };
    window.history.replaceState(null, '', '/welcome?session_id=cs_2');
    api.answerWith((_, index) => ({ body: index === 0 ? trial : subscriber }));
    const gate = h(Gate, { plan: 'price_pro', loading: 'Wait', denied: 'No' }, 'Reports');
    const { container } = render(h(AccountProvider, { client }, gate));
    await act(() => api.requests(1));
    await act(() => api.requests(2));
    await screen.findByText('Reports');
    expect(container.textContent).toBe('Reports');
    expect(routes()).toEqual(['POST /me/entitlements/sync', 'GET /me/entitlements']);
  });
});
