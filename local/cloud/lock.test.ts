import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUseError, lockDirectory } from './lock.ts';
import { thisProcess } from './lock-holder.ts';

describe('The lock of a directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('goes to one of several concurrent callers, and is available again after its release', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => lockDirectory(directory)));
    const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(held).toHaveLength(1);
    await held[0]?.();
    const release = await lockDirectory(directory);
    await release();
  });

  it('is respected while the process that holds it runs, and is taken over after that process has exited', async () => {
    await writeFile(path.join(directory, 'lock'), `${process.ppid}\n`);
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(path.join(directory, 'lock'), `${pid}\n`);
    const release = await lockDirectory(directory);
    expect(await readFile(path.join(directory, 'lock'), 'utf8')).toBe(thisProcess());
    await release();
  });

  it('is taken over when its pid belongs to another process now', async () => {
    await writeFile(path.join(directory, 'lock'), `${process.ppid}\nanother-start 1\n`);
    const release = await lockDirectory(directory);
    expect(await readFile(path.join(directory, 'lock'), 'utf8')).toBe(thisProcess());
    await release();
  });

  it('goes to one of several processes that find the lock of a killed one', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (let round = 0; round < 20; round += 1) {
      await writeFile(path.join(directory, 'lock'), `${pid}\n`);
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
      const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(held).toHaveLength(1);
      await held[0]?.();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it.each(['', 'nonsense', '-1', `${process.pid}`])(
    'is taken over when its content %j names no other process',
    async (text) => {
      await writeFile(path.join(directory, 'lock'), text);
      const release = await lockDirectory(directory);
      expect(await readFile(path.join(directory, 'lock'), 'utf8')).toBe(thisProcess());
      await release();
    },
  );
});
