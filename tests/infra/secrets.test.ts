/** What leaves the machine at a deployment: templates and bundles. No key, and nothing of where they were made. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { configs } from './configs.ts';
import { synthesize } from './synth.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** A key with anything behind its prefix; the prefixes alone stand in the code that tells live from test. */
const KEY =
  /\b(?:[sr]k_(?:test|live)_|whsec_)[A-Za-z0-9]{8,}|\bAKIA[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/;

const PATH = /\/(?:work|home|root|Users|tmp|builds?|runner)\/[\w.-]+\/|node_modules\/|sourceMappingURL/;

const bundles = [...functionNames.map((name) => `functions/${name}`), 'infra/pool-trigger'];

describe.each(bundles)('the bundle of %s', (folder) => {
  const read = () => readFile(path.join(dist, folder, 'index.cjs'), 'utf8');

  it('holds no key', async () => {
    expect(KEY.exec(await read())?.[0]).toBeUndefined();
  });

  it('tells nothing of the machine it was built on', async () => {
    const code = await read();
    expect(PATH.exec(code)?.[0]).toBeUndefined();
    expect(code).not.toContain(process.cwd());
  });

  it('is alone in its folder, but for what the build writes over it', async () => {
    const files = await readdir(path.join(dist, folder));
    expect(files.filter((file) => !file.startsWith('index.cjs.'))).toEqual(['index.cjs']);
  });
});

describe.each(Object.entries(configs))('the template of %s', (_, config) => {
  const text = JSON.stringify(synthesize(config));

  it('holds no key, and asks CloudFormation for none', () => {
    expect(KEY.exec(text)?.[0]).toBeUndefined();
    expect(text).not.toMatch(/\{\{resolve:|NoEcho/);
  });

  it('tells nothing of the machine it was made on', () => {
    expect(text).not.toContain(process.cwd());
  });
});
