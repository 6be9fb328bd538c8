// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { createElement as h, type ReactNode, StrictMode, Suspense, startTransition, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Client, createClient } from '../core/index.ts';
import {
  problem,
  type ScriptedApi,
  startScriptedApi,
  subscriber,
  tokenWith,
} from '../testing/scripted-api.ts';
import { AccountProvider, type AccountProviderProps, Gate, useAccess, useEntitlements } from './index.ts';

const none = { ...subscriber, status: 'none', plan: null, access_granted: false, features: [] } as const;

let api: ScriptedApi;
let token: string | null;
let nowMs: number;
beforeAll(async () => {
  api = await startScriptedApi();
});
afterAll(() => api.close());
beforeEach(() => {
  token = tokenWith({ sub: 'ada' });
  nowMs = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
  api.answerWith(() => ({ body: subscriber }));
  window.history.replaceState(null, '', '/');
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const newClient = (): Client => createClient({ baseUrl: api.url, getToken: () => token, retries: 0 });
const routes = () => api.asked.map(({ route }) => route);

function Shown(): ReactNode {
  const { status, entitlements, error, isConfirming } = useEntitlements();
  const said = [status, entitlements?.plan, error?.code, isConfirming ? 'confirming' : undefined];
  return h('p', null, said.filter(Boolean).join(' '));
}

function app(props: Partial<AccountProviderProps> = {}, ...children: ReactNode[]) {
  return h(
    AccountProvider,
    { client: newClient(), ...props },
    ...(children.length > 0 ? children : [h(Shown)]),
  );
}

const comeToFront = () => act(() => window.dispatchEvent(new Event('focus')));

describe('useEntitlements', () => {
  it('is loading first, and then shows the answer of one request', async () => {
    render(h(StrictMode, null, app()));
    expect(screen.getByText('loading')).toBeTruthy();
    await screen.findByText('ready price_pro');
    expect(routes()).toEqual(['GET /me/entitlements']);
  });

  it('shares one request among components, and among providers of one client', async () => {
    const client = newClient();
    render(h('div', null, app({ client }, h(Shown), h(Shown)), app({ client })));
    expect(await screen.findAllByText('ready price_pro')).toHaveLength(3);
    expect(routes()).toHaveLength(1);
  });

  it('reads again when the page comes to the front, once in half a minute', async () => {
    render(app({ client: createClient({ baseUrl: api.url, getToken: () => token, cacheSeconds: 0 }) }));
    await screen.findByText('ready price_pro');
    await comeToFront();
    nowMs += 29_999;
    await comeToFront();
    expect(routes()).toHaveLength(1);
    api.answerWith(() => ({ body: none }));
    nowMs += 1;
    await comeToFront();
    await screen.findByText('ready');
    expect(routes()).toHaveLength(1);
  });

  it('keeps the answer when a later read fails, and says that it failed', async () => {
    render(app({}, h(Shown), h(Gate, null, 'Reports')));
    await screen.findByText('Reports');
    api.answerWith(() => problem(500, 'internal_error'));
    nowMs += 60_000;
    await comeToFront();
    await screen.findByText('ready price_pro internal_error');
    expect(screen.getByText('Reports')).toBeTruthy();
  });

  it('says that the first read failed, and offers another', async () => {
    api.answerWith((_, index) => (index === 0 ? problem(500, 'internal_error') : { body: subscriber }));
    const error = ({ retry }: { retry: () => Promise<void> }) =>
      h('button', { onClick: () => void retry() }, 'Retry');
    render(app({}, h(Gate, { error, denied: 'No' }, 'Reports')));
    const button = await screen.findByText('Retry');
    act(() => button.click());
    await screen.findByText('Reports');
  });

  it('cannot be used without a provider', () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(() => render(h(Shown))).toThrow('<AccountProvider>');
  });
});

describe('A change of the user', () => {
  function Session({ users }: { readonly users: readonly (string | null)[] }): ReactNode {
    const [index, setIndex] = useState(0);
    const [client] = useState(newClient);
    const user = users[index] ?? null;
    const next = () => {
      token = users[index + 1] == null ? null : tokenWith({ sub: users[index + 1] });
      setIndex(index + 1);
    };
    return h(AccountProvider, { client, user }, h(Shown), h('button', { onClick: next }, 'Next'));
  }

  it('forgets the former answer at once, and never shows it to the next user', async () => {
    api.answerWith(({ token: asked }) => ({ body: asked === tokenWith({ sub: 'ada' }) ? subscriber : none }));
    render(h(StrictMode, null, h(Session, { users: ['ada', null, 'ben'] })));
    await screen.findByText('ready price_pro');
    act(() => screen.getByText('Next').click());
    expect(screen.getByText('signed_out')).toBeTruthy();
    act(() => screen.getByText('Next').click());
    expect(screen.queryByText(/price_pro/)).toBeNull();
    await screen.findByText('ready');
  });

  it('drops an answer for the former user that arrives late', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.answerWith(async (_, index) => {
      if (index > 0) return { body: none };
      await held;
      return { body: subscriber };
    });
    render(h(Session, { users: ['ada', 'ben'] }));
    await api.requests(1);
    act(() => screen.getByText('Next').click());
    await screen.findByText('ready');
    release();
    await act(() => api.requests(2));
    expect(screen.getByText('ready')).toBeTruthy();
  });

  it('is noticed by the subject of the token where the app says nothing', async () => {
    const client = createClient({ baseUrl: api.url, getToken: () => token, cacheSeconds: 0 });
    render(app({ client }));
    await screen.findByText('ready price_pro');
    token = tokenWith({ sub: 'ben' });
    api.answerWith(() => problem(500, 'internal_error'));
    nowMs += 60_000;
    await comeToFront();
    await screen.findByText('error internal_error');
  });

  it('to none reads nothing', async () => {
    render(app({ user: null }));
    await screen.findByText('signed_out');
    await comeToFront();
    expect(routes()).toEqual([]);
  });

  it('to none is also seen by a missing token', async () => {
    token = null;
    render(app());
    await screen.findByText('signed_out');
  });
});

describe('The return from Checkout', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout'] }));
  afterEach(() => vi.useRealTimers());
  const comeBack = () =>
    window.history.replaceState({ kept: true }, '', '/welcome?session_id=cs_1&from=mail#top');
  const settle = async (count: number) => {
    await api.requests(count);
    await act(() => vi.advanceTimersByTimeAsync(0));
  };

  it('syncs once, also in StrictMode, and removes the session from the address', async () => {
    comeBack();
    render(h(StrictMode, null, app()));
    await settle(1);
    await vi.waitFor(() => screen.getByText('ready price_pro'));
    await act(() => vi.advanceTimersByTimeAsync(120_000));
    expect(routes()).toEqual(['POST /me/entitlements/sync']);
    expect(window.location.href).toMatch(/\/welcome\?from=mail#top$/);
    expect(window.history.state).toEqual({ kept: true });
  });

  it('waits for a payment that is not visible yet, and denies nothing until then', async () => {
    comeBack();
    api.answerWith((_, index) => ({ body: index < 3 ? none : subscriber }));
    render(app({}, h(Shown), h(Gate, { loading: 'Wait', denied: 'No' }, 'Reports')));
    await settle(1);
    await vi.waitFor(() => screen.getByText('ready confirming'));
    expect(screen.getByText('Wait')).toBeTruthy();
    for (const [count, ms] of [
      [2, 1_000],
      [3, 2_000],
      [4, 4_000],
    ] as const) {
      await act(() => vi.advanceTimersByTimeAsync(ms));
      await settle(count);
    }
    await vi.waitFor(() => screen.getByText('Reports'));
    await act(() => vi.advanceTimersByTimeAsync(120_000));
    expect(routes()).toEqual(['POST /me/entitlements/sync', ...Array(3).fill('GET /me/entitlements')]);
  });

  it('gives up after a limited time', async () => {
    comeBack();
    api.answerWith(() => ({ body: none }));
    render(app({}, h(Shown), h(Gate, { loading: 'Wait', denied: 'No' }, 'Reports')));
    await settle(1);
    await vi.waitFor(() => screen.getByText('ready confirming'));
    for (const [count, ms] of [
      [2, 1_000],
      [3, 2_000],
      [4, 4_000],
      [5, 8_000],
      [6, 15_000],
    ] as const) {
      await act(() => vi.advanceTimersByTimeAsync(ms));
      await settle(count);
    }
    await vi.waitFor(() => screen.getByText('No'));
    await act(() => vi.advanceTimersByTimeAsync(600_000));
    expect(routes()).toHaveLength(6);
  });

  it('goes on with reads if the sync is refused', async () => {
    comeBack();
    api.answerWith((_, index) => (index === 0 ? problem(500, 'internal_error') : { body: subscriber }));
    render(app());
    await settle(1);
    await vi.waitFor(() => screen.getByText('error internal_error confirming'));
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    await settle(2);
    await vi.waitFor(() => screen.getByText('ready price_pro'));
  });

  it('is the app’s own business if it says so', async () => {
    comeBack();
    render(app({ checkoutParameter: null }));
    await settle(1);
    expect(routes()).toEqual(['GET /me/entitlements']);
    expect(window.location.search).toContain('session_id=cs_1');
  });
});

describe('Access', () => {
  function Asked(check: {
    readonly plan?: string | readonly string[];
    readonly feature?: string;
  }): ReactNode {
    const { granted, status } = useAccess(check);
    return h('p', null, `${granted} ${status}`);
  }

  it.each([
    ['nothing else', {}, 'true granted'],
    ['the plan', { plan: 'price_pro' }, 'true granted'],
    ['one of the plans', { plan: ['price_team', 'price_pro'] }, 'true granted'],
    ['another plan', { plan: 'price_team' }, 'false denied'],
    ['a feature of the plan', { feature: 'export' }, 'true granted'],
    ['a feature that it lacks', { feature: 'sso' }, 'false denied'],
    ['both', { plan: 'price_pro', feature: 'export' }, 'true granted'],
    ['both, of which one is missing', { plan: 'price_team', feature: 'export' }, 'false denied'],
  ])('is decided by the answer where a part asks for %s', async (_, check, said) => {
    render(app({}, h(Asked, check)));
    await screen.findByText(said);
  });

  it('is denied without access, whatever the plan says', async () => {
    api.answerWith(() => ({ body: { ...subscriber, access_granted: false } }));
    render(app({}, h(Asked, { plan: 'price_pro', feature: 'export' })));
    await screen.findByText('false denied');
  });

  it('shows nothing of the gate while it is unknown, denied, signed out or failed, unless a slot says so', async () => {
    const gate = h(Gate, null, 'Reports');
    const { container } = render(app({}, gate));
    expect(container.textContent).toBe('');
    await screen.findByText('Reports');
    cleanup();
    api.answerWith(() => ({ body: none }));
    const denied = render(app({}, h(Shown), gate));
    await screen.findByText('ready');
    expect(denied.container.textContent).toBe('ready');
    cleanup();
    token = null;
    render(app({}, h(Gate, { signedOut: 'Sign in', denied: 'No' }, 'Reports')));
    await screen.findByText('Sign in');
  });
});

describe('Rendering on a server', () => {
  it('shows what the server has read, and hydrates without a difference', async () => {
    const client = newClient();
    const page = () => app({ client, initial: subscriber }, h(Gate, { loading: 'Wait' }, 'Reports'));
    const html = renderToString(page());
    expect(html).toBe('Reports');
    const root = document.createElement('div');
    root.innerHTML = html;
    const problems: unknown[] = [];
    const options = { onRecoverableError: (error: unknown) => void problems.push(error) };
    const hydrated = await act(async () => hydrateRoot(root, page(), options));
    await api.requests(1);
    expect(root.textContent).toBe('Reports');
    expect(problems).toEqual([]);
    act(() => hydrated.unmount());
  });

  it('shows the loading slot without an answer, and asks nothing', () => {
    expect(renderToString(app({}, h(Gate, { loading: 'Wait' }, 'Reports')))).toBe('Wait');
    expect(api.asked).toEqual([]);
  });

  it('shows one answer in all components while a transition is under way', async () => {
    function Slow(): ReactNode {
      const [shown, setShown] = useState(false);
      const open = () => startTransition(() => setShown(true));
      return h(
        'div',
        null,
        h('button', { onClick: open }, 'Open'),
        shown ? h(Suspense, null, h(Shown)) : null,
      );
    }
    render(app({}, h(Shown), h(Slow)));
    await screen.findByText('ready price_pro');
    act(() => screen.getByText('Open').click());
    expect(await screen.findAllByText('ready price_pro')).toHaveLength(2);
  });
});
