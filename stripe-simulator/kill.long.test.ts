/** Kills the running program again and again, and compares what it knows afterwards with what it has answered. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProcess } from './testing/process.ts';

const ROUNDS = 12;
const WRITERS = 4;
const headers = { Authorization: 'Bearer sk_test_local_simulator' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-kill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Creates customers until the process is gone. Adds the id of each that was answered. */
async function writeUntilKilled(url: string, answered: (id: string) => void): Promise<void> {
  try {
    for (;;) {
      const response = await fetch(`${url}/v1/customers`, { method: 'POST', headers });
      answered(((await response.json()) as { id: string }).id);
    }
  } catch {
    // The process was killed.
  }
}

async function idsOf(url: string, list: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let after = ''; ; after = `&starting_after=${[...ids].at(-1)}`) {
    const response = await fetch(`${url}/v1/${list}?limit=100${after}`, { headers });
    const { data, has_more } = (await response.json()) as { data: { id: string }[]; has_more: boolean };
    for (const { id } of data) ids.add(id);
    if (!has_more) return ids;
  }
}

test('A kill at any moment loses nothing that was answered, and no event that was delivered', async () => {
  const delivered = new Set<string>();
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      delivered.add((JSON.parse(Buffer.concat(chunks).toString()) as { id: string }).id);
      response.end();
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const hook = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`;
  const state = join(folder, 'state.json');
  const answered = new Set<string>();

  for (let round = 1; round <= ROUNDS; round++) {
    const running = startProcess(['--state', state, '--webhook', hook]);
    const url = await running.url;
    const before = answered.size;
    const writers = Array.from({ length: WRITERS }, () => writeUntilKilled(url, (id) => answered.add(id)));
    await expect.poll(() => answered.size, { interval: 1 }).toBeGreaterThan(before + round * 7);
    await running.kill('SIGKILL');
    await Promise.all(writers);
  }

  const after = startProcess(['--state', state]);
  const url = await after.url;
  const customers = await idsOf(url, 'customers');
  expect([...answered].filter((id) => !customers.has(id))).toEqual([]);
  const events = await idsOf(url, 'events');
  expect([...delivered].filter((id) => !events.has(id))).toEqual([]);
  expect(delivered.size).toBeGreaterThan(0);
  expect((await after.kill('SIGTERM')).code).toBe(0);
  expect(readdirSync(folder)).toEqual(['state.json']);
  sink.closeAllConnections();
  sink.close();
});

test('On a full disk the program ends with one line and code 1, and a start with space has what was answered', async () => {
  const state = join(folder, 'full.json');
  const full = join(folder, 'disk-is-full');
  const running = startProcess(['--state', state], full);
  const url = await running.url;
  const answered: string[] = [];
  const writer = writeUntilKilled(url, (id) => answered.push(id));
  await expect.poll(() => answered.length, { interval: 1 }).toBeGreaterThan(5);
  writeFileSync(full, '');
  const { code, errors } = await running.exit;
  await writer;

  expect(code).toBe(1);
  expect(errors).toBe(
    `Cannot write ${state}.journal: the disk is full (ENOSPC). Free some space and start again.\n`,
  );
  const after = startProcess(['--state', state]);
  const kept = await idsOf(await after.url, 'customers');
  expect(answered.filter((id) => !kept.has(id))).toEqual([]);
  await after.kill('SIGTERM');
});

test('What the person at the terminal can fix is one line and code 1', async () => {
  const running = startProcess([]);
  const port = new URL(await running.url).port;
  expect(await startProcess(['--port', port]).exit).toEqual({
    code: 1,
    errors: `Port ${port} is already in use. Choose another with --port N.\n`,
  });
  await running.kill('SIGTERM');

  const damaged = join(folder, 'damaged.json');
  writeFileSync(damaged, '{"version":');
  expect(await startProcess(['--state', damaged]).exit).toEqual({
    code: 1,
    errors: `The simulator's state file ${damaged} is not valid JSON. Delete it to start with an empty state, or restore it from a copy.\n`,
  });
});
