import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FunctionSettings } from './execution-environment.ts';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';

describe('The execution environments of a function', () => {
  let directory: string;
  let pool: FunctionPool;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'predixa-test-'));
    const file = path.join(directory, 'index.cjs');
    writeFileSync(file, 'exports.handler = async (event) => event;');
    const settings: FunctionSettings = {
      name: 'echo',
      file,
      timeoutMs: 10_000,
      memoryMb: 64,
      env: {},
      onLine: () => undefined,
    };
    pool = createFunctionPool(settings, { concurrency: 4, queue: 100, idleMs: 20 });
  });
  afterEach(async () => {
    await pool.close();
    rmSync(directory, { recursive: true });
  });

  it('are as many as the concurrent events at most, and one is left when they are no longer needed', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => pool.invoke('1')));
    expect(results).toEqual(results.map(() => ({ ok: true, payload: 1 })));
    expect(pool.size).toBeLessThanOrEqual(4);
    await vi.waitFor(() => expect(pool.size).toBe(1), { timeout: 20_000 });
    expect(await pool.invoke('2')).toEqual({ ok: true, payload: 2 });
    expect(pool.size).toBe(1);
  });

  it('end with the pool', async () => {
    await Promise.all([pool.invoke('1'), pool.invoke('2')]);
    await pool.close();
    expect(pool.size).toBe(0);
  });
});
