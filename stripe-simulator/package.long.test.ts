/** Tests the built package on plain Node: the command-line program, the library and its types. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as library from './index.ts';

const here = import.meta.dirname;
let directory: string;
let built: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'stripe-simulator-package-'));
  built = join(directory, 'dist');
  writeFileSync(join(directory, 'package.json'), readFileSync(join(here, 'package.json')));
  execFileSync(process.execPath, [join(here, 'build.mjs'), built]);
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(built, 'main.js'), ...args], { env: {} });
}

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) =>
      reject(new Error(`The simulator exited with code ${code} before it printed its URL.`)),
    );
  });
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output })));
}

test('The command serves requests until SIGTERM, then saves its state and exits with 0', async () => {
  const state = join(directory, 'state.json');
  const child = start('--port', '0', '--state', state, '--webhook', 'http://127.0.0.1:9/hook');
  const url = await firstUrl(child);

  const answer = await fetch(`${url}/v1/customers`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk_test_local_simulator' },
  });
  expect(answer.status).toBe(200);
  const ended = exitOf(child);
  child.kill('SIGTERM');

  expect((await ended).code).toBe(0);
  expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ tables: { customers: [{}] } });
});

test('The command prints its usage on --help and on wrong arguments', async () => {
  expect(await exitOf(start('--help'))).toMatchObject({
    code: 0,
    output: expect.stringContaining('--webhook'),
  });
  const mistakes = [
    ['--nonsense'],
    ['--port', 'x'],
    ['--after-last-retry', 'never'],
    ['--retry-days', '3,x'],
  ];
  for (const mistake of mistakes) {
    expect(await exitOf(start(...mistake))).toMatchObject({
      code: 2,
      output: expect.stringContaining('Usage'),
    });
  }
});

test('The built library can be imported and its types compile without the sources', async () => {
  const { startStripeSimulator } = (await import(join(built, 'index.js'))) as typeof library;
  const simulator = await startStripeSimulator();
  expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  await simulator.close();

  const user = join(directory, 'user.ts');
  writeFileSync(
    user,
    "import { type StripeSimulator, startStripeSimulator } from './dist/index.js';\n" +
      'export const started: Promise<StripeSimulator> = startStripeSimulator({ port: 0 });\n',
  );
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const flags = ['--noEmit', '--strict', '--module', 'nodenext'];
  execFileSync(process.execPath, [tsc, ...flags, user], { cwd: directory });
});

test('The package has no dependencies and ships only built files', () => {
  const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as Record<string, unknown>;

  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).toMatchObject({ name: '@predixa/stripe-simulator', license: 'MIT', type: 'module' });
  const files = readdirSync(built).map((name) => name.replace(/-[A-Z0-9]{8}/, ''));
  expect(files.sort()).toEqual([
    'index.d.ts',
    'index.js',
    'main.js',
    'options.d.ts',
    'simulator.js',
    'state-error.d.ts',
  ]);
  for (const name of readdirSync(built).filter((file) => file.endsWith('.js'))) {
    const imports = [...readFileSync(join(built, name), 'utf8').matchAll(/^import .*from "([^"]+)";$/gm)];
    expect(imports.every(([, from = '']) => /^(node:|\.\/)/.test(from))).toBe(true);
  }
});

/** Writes each example of the README to a file of its own. */
function writeExamples(folder: string): void {
  const blocks = readFileSync(join(here, 'README.md'), 'utf8').matchAll(/```js\n([^`]*)```/g);
  const examples = [...blocks].map(([, code = '']) => code);
  for (const [name, module] of Object.entries({
    vitest: 'vitest',
    jest: '@jest/globals',
    node: 'node:test',
  })) {
    const example = examples.find((code) => code.includes(`from '${module}'`));
    if (example === undefined) throw new Error(`The README has no example for ${module}.`);
    writeFileSync(join(folder, `${name}.test.mjs`), example);
  }
}

/** Packs the package and installs the tarball into an empty folder, next to the official library. */
function installed(): string {
  const folder = join(directory, 'user');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}');
  writeFileSync(join(directory, 'README.md'), readFileSync(join(here, 'README.md')));
  // What this test has built is packed, whatever an earlier build has left in the sources.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const packed = execFileSync('npm', pack, { cwd: directory });
  const [{ filename }] = JSON.parse(packed.toString('utf8')) as [{ filename: string }];
  const flags = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', ['install', ...flags, `./${filename}`], { cwd: folder });
  for (const name of ['stripe', 'vitest']) {
    symlinkSync(join(here, '../node_modules', name), join(folder, 'node_modules', name));
  }
  writeExamples(folder);
  return folder;
}

test('The tarball, installed into an empty folder, runs the examples of the README as they are written', () => {
  const folder = installed();
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const options = { cwd: folder, env, encoding: 'utf8' as const };

  expect(execFileSync(process.execPath, [vitest, 'run', 'vitest.test.mjs'], options)).toContain('1 passed');
  expect(execFileSync(process.execPath, ['--test', 'node.test.mjs'], options)).toMatch(/pass 1\b/);
  const help = join(folder, 'node_modules/.bin/stripe-simulator');
  expect(execFileSync(help, ['--help'], options)).toContain('Usage: stripe-simulator');
  // Jest comes from npm, so that a normal installation of this repository need not contain it.
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', 'jest'];
  execFileSync('npm', ['install', ...flags, 'jest@30'], { cwd: folder });
  const jest = join(folder, 'jest/node_modules/jest/bin/jest.js');
  const jestEnv = { ...env, NODE_OPTIONS: '--experimental-vm-modules' };
  execFileSync(process.execPath, [jest, '--rootDir', folder, '--testMatch', '**/jest.test.mjs'], {
    ...options,
    env: jestEnv,
  });
}, 400_000);
