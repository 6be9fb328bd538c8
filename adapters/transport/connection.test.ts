import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '../system/clock.ts';
import { connectTo, type OutgoingRequest, type Send } from './connection.ts';

let server: Server;
let received: string[];
let answer: (path: string, end: (text: string) => void) => void;
let send: Send;

beforeEach(async () => {
  received = [];
  server = createServer((incoming, outgoing) => {
    received.push(incoming.url ?? '');
    answer(incoming.url ?? '', (text) => outgoing.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  send = connectTo(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string): OutgoingRequest => ({ method: 'GET', path, headers: {} });

/** More requests at once than an agent opens connections. */
const CONNECTIONS = 50;

describe('A connection', () => {
  it('carries texts of any length in both directions', async () => {
    const long = 'é'.repeat(300_000);
    answer = (_, end) => end(long);
    expect((await send(get('/'), 5_000)).text).toBe(long);
  });

  it('never sends a request that waited for it until its work was given up', async () => {
    const ends: (() => void)[] = [];
    answer = (_, end) => ends.push(() => end('{}'));
    const first = Array.from({ length: CONNECTIONS }, (_, n) => send(get(`/first/${n}`), 5_000));
    await new Promise<void>((resolve) => {
      server.on('request', () => {
        if (received.length === CONNECTIONS) resolve();
      });
    });
    const timers = new Set<() => void>();
    const after = (_: number, action: () => void) => {
      timers.add(action);
      return () => timers.delete(action);
    };
    const clock = createClock({ nowMs: () => 0, after });
    let second: Promise<unknown> = Promise.resolve();
    const limited = clock.within(100, () => {
      second = send(get('/second'), 5_000);
      return second;
    });
    for (const action of timers) action();
    await expect(limited).rejects.toMatchObject({ details: { code: 'time_limit' } });
    answer = (_, end) => end('{}');
    for (const end of ends) end();
    await Promise.all(first);
    await expect(second).rejects.toMatchObject({ details: { code: 'time_limit' } });
    await send(get('/last'), 5_000);
    expect(received).not.toContain('/second');
    expect(received).toHaveLength(CONNECTIONS + 1);
  });

  it('that cannot be opened in time has sent nothing', async () => {
    const ends: (() => void)[] = [];
    answer = (_, end) => ends.push(() => end('{}'));
    const first = Array.from({ length: CONNECTIONS }, () => send(get('/first'), 5_000));
    await expect(send(get('/second'), 20)).rejects.toMatchObject({ outcome: 'not_sent', closed: false });
    for (const end of ends) end();
    answer = (_, end) => end('{}');
    await Promise.all(first);
  });

  it.each([
    ['nothing of an answer', '', true],
    ['the beginning of a header', 'HTTP/1.1 200 OK\r\nconte', false],
    ['a part of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a"', false],
  ])('that ends with %s was closed while it was idle, or was not', async (_, text, closed) => {
    answer = (_path, end) => end('{}');
    await send(get('/'), 5_000);
    server.removeAllListeners('request');
    server.on('request', ({ socket }) => {
      socket.write(text, () => socket.resetAndDestroy());
    });
    await expect(send(get('/'), 5_000)).rejects.toMatchObject({ outcome: 'no_answer', closed });
  });

  it('sends nothing that no request may have', async () => {
    answer = (_, end) => end('{}');
    const outcome = send({ ...get('/'), headers: { authorization: 'a\nb' } }, 5_000);
    await expect(outcome).rejects.toMatchObject({ name: 'Unanswered', outcome: 'not_sent' });
    expect(received).toEqual([]);
  });

  it('may have carried what is not answered in time', async () => {
    answer = () => {};
    await expect(send(get('/'), 20)).rejects.toMatchObject({ outcome: 'no_answer' });
  });
});
