import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from './log-file.ts';

describe('The log of a function', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'predixa-test-'));
    file = path.join(directory, 'name.log');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('continues the log of an earlier run', () => {
    for (const line of ['one', 'two']) {
      const log = openLogFile(file);
      log.write(line);
      log.close();
    }
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('never needs more than twice its limit, and keeps the latest lines', () => {
    const log = openLogFile(file, 1_000);
    for (let n = 1; n <= 5_000; n += 1) log.write(`line ${n}`);
    log.close();
    expect(readdirSync(directory).sort()).toEqual(['name.log', 'name.log.1']);
    const bytes = ['', '.1'].map((end) => statSync(`${file}${end}`).size);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(1_000);
    const lines = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8');
    expect(lines.split('\n').at(-2)).toBe('line 5000');
    expect(lines.split('\n').length).toBeGreaterThan(100);
  });

  it('writes a line that is longer than its limit', () => {
    const log = openLogFile(file, 10);
    log.write('a line of some length');
    log.write('b');
    log.close();
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('a line of some length\n');
    expect(readFileSync(file, 'utf8')).toBe('b\n');
  });

  it('ignores lines after it was closed', () => {
    const log = openLogFile(file);
    log.close();
    log.close();
    log.write('late');
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
