import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import accepted from './accepted.json' with { type: 'json' };

const linesOf = (file: string): readonly string[] =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim());

describe('The list of accepted mutants', () => {
  it('names lines that exist, each once and with a reason', () => {
    const missing = accepted.filter(({ file, code }) => !linesOf(file).includes(code));
    expect(missing).toEqual([]);
    expect(new Set(accepted.map(({ file, code }) => `${file} ${code}`)).size).toBe(accepted.length);
    expect(accepted.filter(({ reason }) => !/^[A-Z].{10,}\.$/.test(reason))).toEqual([]);
  });
});
