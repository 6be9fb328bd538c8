import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { superviseChild } from './supervise.ts';

const helper = fileURLToPath(new URL('./port-to-parent.cjs', import.meta.url));

describe('A supervised child', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function supervise(script: string, onExit?: (detail: string) => void) {
    const entry = path.join(directory, 'child.cjs');
    await writeFile(entry, script);
    const more = onExit === undefined ? {} : { onExit };
    return superviseChild({ name: 'The child', entry, args: [], cwd: directory, env: {}, ...more });
  }

  const server = `
    const server = require('node:http').createServer((request, response) => {
      if (request.url === '/die') throw new Error('unexpected');
      response.end(String(process.pid));
    });
    server.listen(0, '127.0.0.1', () => require(${JSON.stringify(helper)}).reportPort(server));
  `;

  it('restarts after it dies, and reports why it died', async () => {
    const details: string[] = [];
    const child = await supervise(server, (detail) => details.push(detail));
    const pidNow = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${await child.port()}/`, { headers: child.headers })).text();
    const before = await pidNow();
    const { headers } = child;
    await expect(fetch(`http://127.0.0.1:${await child.port()}/die`, { headers })).rejects.toThrow(
      'fetch failed',
    );
    await vi.waitFor(
      async () => {
        expect(await pidNow()).not.toBe(before);
      },
      { timeout: 30_000 },
    );
    expect(details).toHaveLength(1);
    await child.close();
  });

  it('answers only its parent', async () => {
    const child = await supervise(server);
    const url = `http://127.0.0.1:${await child.port()}/`;
    const statuses = [{}, { 'x-parent-secret': 'guessed' }, child.headers].map(async (headers) => {
      return (await fetch(url, { headers })).status;
    });
    expect(await Promise.all(statuses)).toEqual([403, 403, 200]);
    await child.close();
  });

  it('no longer runs once it is closed, and can be closed twice', async () => {
    const child = await supervise(server);
    const { headers } = child;
    const pid = Number(await (await fetch(`http://127.0.0.1:${await child.port()}/`, { headers })).text());
    await child.close();
    await child.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is not restarted after 20 quick exits in a row, and reports its exit code', async () => {
    const details: string[] = [];
    const child = await supervise('process.exit(7)', (detail) => details.push(detail));
    await vi.waitFor(
      () => {
        expect(details.length).toBe(20);
      },
      { timeout: 30_000 },
    );
    await expect(child.port()).rejects.toThrow('The child exited with code 7');
    await child.close();
  });
});
