import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../../bench/certificate.ts';
import { connectToStripe, createStripe } from '../stripe/client.ts';
import { openEarly } from './early-connection.ts';

const { key, certificate: cert } = makeCertificate(Date.now());
let server: Server;
let connections: number;
let agent: Agent;

beforeEach(() => {
  connections = 0;
  agent = new Agent({ keepAlive: true, ca: cert });
  server = createServer({ key, cert }, (_, response) => response.end('{}'));
  server.on('secureConnection', () => {
    connections += 1;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  agent.destroy();
  server.closeAllConnections();
  server.close();
});

const listen = (port = 0) =>
  new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
const address = () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });

async function get({ host, port }: ReturnType<typeof address>) {
  const sent = request({ agent, host, port });
  sent.end();
  const [[answer], [socket]] = await Promise.all([once(sent, 'response'), once(sent, 'socket')]);
  answer.resume();
  await once(answer, 'end');
  return socket as unknown;
}

describe('A connection that is opened early', () => {
  it('carries the first request, and the next one', async () => {
    await listen();
    const isEarly = openEarly(agent, address());
    await once(server, 'secureConnection');
    expect(isEarly(await get(address()))).toBe(true);
    expect(isEarly(await get(address()))).toBe(true);
    expect(connections).toBe(1);
  });

  it('is left to one of several requests at once', async () => {
    await listen();
    const isEarly = openEarly(agent, address());
    const used = await Promise.all([get(address()), get(address()), get(address())]);
    expect(used.map(isEarly)).toEqual([true, false, false]);
  });

  it('is not used if it could not be opened', async () => {
    await listen();
    const to = address();
    await new Promise((resolve) => server.close(resolve));
    const isEarly = openEarly(agent, to);
    await vi.waitFor(async () => {
      await listen(to.port);
    });
    await vi.waitFor(async () => expect(isEarly(await get(to))).toBe(false));
  });

  it('is not used after the process was frozen for long', async () => {
    await listen();
    const isEarly = openEarly(agent, address());
    await once(server, 'secureConnection');
    const nowMs = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(nowMs + 60_000);
    expect(isEarly(await get(address()))).toBe(false);
    expect(connections).toBe(2);
  });

  it('that the server closes is replaced', async () => {
    await listen();
    const isEarly = openEarly(agent, address());
    const [socket] = await once(server, 'secureConnection');
    socket.destroy();
    await vi.waitFor(async () => expect(isEarly(await get(address()))).toBe(false));
  });

  it('that has died unseen fails no request to Stripe, not even one that is never repeated', async () => {
    let requests = 0;
    server.removeAllListeners('request');
    server.on('request', ({ socket }, response) => {
      requests += 1;
      if (requests === 1) socket.destroy();
      else response.end('{"id":"cus_1"}');
    });
    await listen();
    // The certificate of this server is one of its own.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const base = new URL(`https://127.0.0.1:${address().port}`);
    const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
    const connection = connectToStripe(base, { opensEarly: true });
    await once(server, 'secureConnection');
    const stripe = createStripe('sk_test_early', base, { ...limits, connection });
    expect(await stripe.customers.retrieve('cus_1')).toMatchObject({ id: 'cus_1' });
    expect(requests).toBe(2);
    vi.unstubAllEnvs();
  });
});
