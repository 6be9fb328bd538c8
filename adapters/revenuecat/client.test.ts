import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../system/clock.ts';
import type { Secret } from '../system/secret.ts';
import { createRevenueCat, type RevenueCatAccess } from './client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The answers in turn. The last one repeats. */
let answers: readonly Answer[];
let requests: IncomingMessage[];
let server: Server;
beforeEach(async () => {
  answers = [json(200, {})];
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return () => {
    server.closeAllConnections();
    server.close();
  };
});

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

const reset: Answer = (request) => request.socket.destroy();
const value = (text: string): Secret => ({ read: async () => text, reread: async () => text });

/** Waits take no time, and are recorded. */
function client(fields: Partial<RevenueCatAccess> = {}) {
  const slept: number[] = [];
  const { port } = server.address() as AddressInfo;
  const revenuecat = createRevenueCat({
    apiKey: value('sk_1'),
    projectId: 'proj 1',
    base: new URL(`http://127.0.0.1:${port}`),
    timeoutMs: 5_000,
    maxWaitMs: 8_000,
    sleep: async (ms) => {
      slept.push(ms);
    },
    ...fields,
  });
  return {
    slept,
    get: () => revenuecat.get('read', '/customers/a?limit=1'),
    remove: () => revenuecat.delete('delete customer', '/customers/a'),
  };
}

const failing = (details: object) => ({ name: 'Fault', details: { system: 'revenuecat', ...details } });

describe('A request', () => {
  it('carries the key and names the project', async () => {
    answers = [json(200, { object: 'list' }, { date: 'Fri, 01 Jan 2027 00:00:00 GMT' })];
    expect(await client().get()).toEqual({ body: { object: 'list' }, asOf: 1_798_761_600 });
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/v2/projects/proj%201/customers/a?limit=1' });
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer sk_1' });
  });

  it('has no time if the answer has none that can be read', async () => {
    answers = [json(200, {}, { date: 'yesterday' })];
    expect(await client().get()).toMatchObject({ asOf: null });
  });

  it('finds nothing if the answer is 404', async () => {
    answers = [json(404, '<html>Not found</html>')];
    expect([await client().get(), await client().remove()]).toEqual(['missing', 'missing']);
    expect(requests).toHaveLength(2);
  });

  it.each([[200], [202], [204]])('deletes if the answer is %i', async (status) => {
    answers = [json(status, '')];
    expect(await client().remove()).toBe('deleted');
  });

  it.each([
    ['HTML', '<html>'],
    ['empty', ''],
    ['a list', []],
    ['null', 'null'],
    ['a text', '"items"'],
  ])('has an unknown shape if the answer is %s', async (_, body) => {
    answers = [json(200, body)];
    await expect(client().get()).rejects.toMatchObject(failing({ code: 'unknown_shape' }));
  });

  it.each([[400], [402], [403], [301], [410], [422]])(
    'is refused with %i, and not repeated',
    async (status) => {
      answers = [json(status, { object: 'error', type: 'authorization_error', message: 'leak me' })];
      await expect(client().get()).rejects.toMatchObject(
        failing({ code: 'refused', statusCode: status, reason: 'authorization_error' }),
      );
      expect(requests).toHaveLength(1);
    },
  );

  it.each([
    ['a text of any kind', 'Ada Lovelace, leak-me@example.com'],
    ['too long', 'x'.repeat(200)],
    ['no text', { a: 1 }],
  ])('has no reason if the type of the error is %s', async (_, type) => {
    answers = [json(403, { type })];
    const error = await client()
      .get()
      .catch((fault: unknown) => fault);
    expect(error).toMatchObject({ details: { code: 'refused', reason: undefined } });
  });

  it('that cannot be sent, because no header may have such a key, is a fault', async () => {
    const outcome = client({ apiKey: value('sk_1\n') }).get();
    await expect(outcome).rejects.toMatchObject(failing({ code: 'unavailable', reason: 'not_sent' }));
    expect(requests).toEqual([]);
  });
});

describe('A request that fails for a while', () => {
  it.each([[409], [423], [429], [500], [502], [503], [504]])('is repeated after %i', async (status) => {
    answers = [json(status, ''), json(200, { object: 'list' })];
    const { slept, get } = client();
    expect(await get()).toMatchObject({ body: { object: 'list' } });
    expect(slept).toEqual([500]);
  });

  it('is repeated after a lost connection', async () => {
    answers = [reset, json(200, {})];
    expect(await client().get()).toMatchObject({ body: {} });
  });

  it('is repeated three times, after longer and longer waits', async () => {
    answers = [json(503, { type: 'server_error' })];
    const { slept, get } = client();
    await expect(get()).rejects.toMatchObject(
      failing({ code: 'unavailable', statusCode: 503, reason: 'server_error' }),
    );
    expect(slept).toEqual([500, 1_000, 2_000]);
    requests = [];
    answers = [reset];
    await expect(client().get()).rejects.toMatchObject(failing({ code: 'unavailable' }));
    expect(requests).toHaveLength(4);
  });

  it.each([
    ['backoff_ms', json(429, { backoff_ms: 1_234 }), 1_234],
    ['Retry-After', json(429, {}, { 'retry-after': '3' }), 3_000],
    ['the longer of both', json(423, { backoff_ms: 4_000 }, { 'retry-after': '3' }), 4_000],
    ['at least its own wait', json(429, { backoff_ms: 1 }, { 'retry-after': '0' }), 500],
    ['its own wait if both are odd', json(429, { backoff_ms: '9' }, { 'retry-after': 'soon' }), 500],
    ['its own wait if both are negative', json(429, { backoff_ms: -9 }, { 'retry-after': '-3' }), 500],
  ])('waits for %s', async (_, answer, waitMs) => {
    answers = [answer, json(200, {})];
    const { slept, get } = client();
    await get();
    expect(slept).toEqual([waitMs]);
  });

  it.each([
    ['at once', json(429, { backoff_ms: 8_001 }), [], 1],
    ['in total', json(429, {}, { 'retry-after': '5' }), [5_000], 2],
    ['forever', json(429, '{"backoff_ms":1e308}'), [], 1],
  ])('is given up if it has to wait too long %s', async (_, answer, waits, sent) => {
    answers = [answer];
    const { slept, get } = client();
    await expect(get()).rejects.toMatchObject(failing({ code: 'unavailable', statusCode: 429 }));
    expect([slept, requests.length]).toEqual([waits, sent]);
  });

  it('slows down everything that shares its pace', async () => {
    const paced: (number | 'turn')[] = [];
    const pace = {
      waitForTurn: async () => {
        paced.push('turn');
      },
      backOff: (ms: number) => {
        paced.push(ms);
      },
    };
    answers = [json(429, { backoff_ms: 700 }), json(200, {})];
    await client({ pace }).get();
    expect(paced).toEqual(['turn', 700, 'turn']);
  });

  it('is given up if the answer is not complete in time, or too large', async () => {
    const hanging: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('{');
    };
    const large: Answer = (_, response) => {
      response.on('error', () => {});
      response.end(Buffer.alloc(4 * 1024 * 1024 + 1, 32));
    };
    for (const [answer, timeoutMs] of [
      [hanging, 20],
      [large, 5_000],
    ] as const) {
      answers = [answer];
      await expect(client({ timeoutMs, maxWaitMs: 0 }).get()).rejects.toMatchObject(
        failing({ code: 'unavailable' }),
      );
    }
  });

  it('is not sent after its deadline, and aborted by it', async () => {
    let reached = () => {};
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    answers = [() => reached()];
    let ended: unknown;
    const work = async () => {
      const asked = client().get();
      await arrived;
      // The work ends before the answer.
      ended = asked.catch((error: unknown) => error);
    };
    await systemClock.within(60_000, work);
    expect(await ended).toMatchObject({ details: { code: 'time_limit' } });
    expect(requests).toHaveLength(1);
  });
});

describe('A key that RevenueCat refuses', () => {
  it('is read again once, and the request repeated with the new one', async () => {
    answers = [json(401, {}), json(200, {})];
    const apiKey = { read: async () => 'sk_old', reread: async () => 'sk_new' };
    const { slept, get } = client({ apiKey });
    await get();
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk_old', 'Bearer sk_new']);
    expect(slept).toEqual([]);
  });

  it('is refused if it has not changed', async () => {
    answers = [json(401, { type: 'authentication_error' })];
    await expect(client().get()).rejects.toMatchObject(
      failing({ code: 'refused', statusCode: 401, reason: 'authentication_error' }),
    );
    expect(requests).toHaveLength(1);
  });

  it('is not read again without end', async () => {
    answers = [json(401, {})];
    let reads = 0;
    const reread = async () => {
      reads += 1;
      return `sk_${reads}`;
    };
    const apiKey = { read: async () => 'sk_0', reread };
    await expect(client({ apiKey }).get()).rejects.toMatchObject(failing({ code: 'refused' }));
    expect(requests.length).toBeLessThanOrEqual(4);
  });
});
