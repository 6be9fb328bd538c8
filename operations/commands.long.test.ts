import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const commands = Object.entries(scripts).filter(([, line]) => line.includes(' operations/'));

describe('Every command in operations/', () => {
  it.each(commands)('prints its usage: npm run %s', async (name, line) => {
    const [, ...args] = line.split(' ');
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--help'], { cwd: root });
    expect(stdout.startsWith(`npm run ${name} -- `)).toBe(true);
  });

  it('is listed in CONTRIBUTING.md', () => {
    const guide = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
    for (const [name] of commands) expect(guide).toContain(`\`npm run ${name}`);
  });
});
