/** Tests the package as an app installs it: what it exports, what its types say, and how large it is. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Of everything that an entry exports, with what it needs of the core, minified and gzipped. */
const budgets = [
  ['core/index', 3.5 * 1024],
  ['react/index', 3 * 1024],
  ['next/index', 5.5 * 1024],
  ['next/proxy', 6 * 1024],
] as const;

const here = import.meta.dirname;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'client-package-'));
  for (const file of ['package.json', 'README.md']) cpSync(join(here, file), join(directory, file));
  execFileSync(process.execPath, [join(here, 'build.mjs'), join(directory, 'dist')]);
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function bundled(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: directory },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: ['react', 'next/*', 'aws-jwt-verify', 'aws-jwt-verify/*'],
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

describe('The client package', () => {
  it('has a valid package.json, whose every export exists', async () => {
    const { messages, pkg } = await publint({ pkgDir: directory, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that every way of resolving modules finds', async () => {
    const packed = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
      {
        cwd: directory,
        encoding: 'utf8',
      },
    );
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    const { readFileSync } = await import('node:fs');
    const tarball = createPackageFromTarballData(readFileSync(join(directory, filename)));
    const analysis = await checkPackage(tarball);
    // The package is ESM: only old CommonJS code, which cannot import it anyway, sees that.
    const known = new Set(['CJSResolvesToESM', 'NoResolution']);
    const problems = 'problems' in analysis ? analysis.problems : [{ kind: 'no types' }];
    expect(problems.filter(({ kind }) => !known.has(kind))).toEqual([]);
  });

  it.each(budgets)('keeps %s within %i bytes', async (name, budget) => {
    const size = gzipSync(await bundled(`export * from './dist/${name}.js';`), { level: 9 }).length;
    process.stdout.write(`${name} of the client: ${size} of ${budget} bytes, minified and gzipped.\n`);
    expect(size).toBeLessThanOrEqual(budget);
  });

  it('leaves nothing of the client in a bundle that imports only its error', async () => {
    const text = new TextDecoder().decode(
      await bundled(`import { AccountError } from './dist/core/index.js'; console.log(AccountError);`),
    );
    expect(text).not.toContain('/me/');
  });

  it('runs on plain Node', async () => {
    const script = join(directory, 'try.mjs');
    const entry = pathToFileURL(join(directory, 'dist/core/index.js')).href;
    writeFileSync(
      script,
      `import { createClient } from '${entry}';
const client = createClient({ baseUrl: 'http://127.0.0.1:9', getToken: () => null });
await client.entitlements.get().catch(({ code }) => console.log(code));`,
    );
    expect(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()).toBe('signed_out');
  });
});
