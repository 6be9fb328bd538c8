/** Checks the container file against the package: no container can be built where these tests run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readArguments } from './arguments.ts';

const text = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const dockerfile = text('Dockerfile');
const packageFile = JSON.parse(text('package.json')) as {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
};
const instruction = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(dockerfile)?.[1] ?? '';

test('The container starts the command of the package with options that it has', () => {
  const [command = '', ...args] = JSON.parse(instruction('ENTRYPOINT')) as string[];
  expect(Object.keys(packageFile.bin)).toContain(command);
  const read = readArguments(args, Date.now);
  if (read.kind !== 'run') throw new Error('The options are not those of the command.');

  expect(read.options.host).toBe('0.0.0.0');
  expect(read.options.statePath?.startsWith(`${instruction('VOLUME')}/`)).toBe(true);
  expect(String(read.options.port)).toBe(instruction('EXPOSE'));
});

test('The container is built from the tarball alone, whose name is that of the package', () => {
  const copied = [...dockerfile.matchAll(/^(?:COPY|ADD) (\S+)/gm)].map(([, source]) => source);
  expect(copied).toEqual(['${TARBALL}']);
  const tarball = `${packageFile.name.replace('@', '').replace('/', '-')}-${packageFile.version}.tgz`;
  expect(dockerfile).toContain(`TARBALL=${tarball}`);
});

test('The program has no dependency that the container would have to fetch', () => {
  expect(packageFile).not.toHaveProperty('dependencies');
});
