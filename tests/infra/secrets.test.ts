/** Checks that a deployment's templates and bundles contain no key and no path of the machine that built them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { bundling } from '../../scripts/bundle.ts';
import { configs } from './configs.ts';
import { leaksIn } from './leaks.ts';
import { functionIn, resourcesOf, synthesize } from './synth.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

const bundles = [...functionNames.map((name) => `functions/${name}`), 'infra/pool-trigger'];

describe.each(bundles)('The bundle of %s', (folder) => {
  it('contains no key and no path of the machine or of its source files', async () => {
    expect(leaksIn(await readFile(path.join(dist, folder, 'index.cjs'), 'utf8'))).toEqual([]);
  });

  it('is the only file in its folder, apart from temporary files of the build', async () => {
    const files = await readdir(path.join(dist, folder));
    expect(files.filter((file) => !file.startsWith('index.cjs.'))).toEqual(['index.cjs']);
  });
});

/** Variables whose value would be a secret in plain text. */
const secretVariables = [
  'STRIPE_API_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'REVENUECAT_API_KEY',
  'REVENUECAT_WEBHOOK_SECRET',
  'TRIAL_HASH_KEY',
];

describe.each(Object.entries(configs))('The template of %s', (_, config) => {
  const template = synthesize(config);
  const text = JSON.stringify(template);

  it('contains no key, resolves none in CloudFormation, and contains no path of the machine', () => {
    expect(leaksIn(text)).toEqual([]);
    expect(text).not.toMatch(/\{\{resolve:|NoEcho/);
  });

  it('gives no function the value of a secret, and creates no secret', () => {
    for (const name of functionsOf(config)) {
      const { Variables } = functionIn(template, name).Properties['Environment'] as {
        Variables: Record<string, unknown>;
      };
      expect(Object.keys(Variables).filter((variable) => secretVariables.includes(variable))).toEqual([]);
    }
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')).toEqual([]);
  });
});

describe('The leak check', () => {
  const letters = 'abcdefgh12345678';
  const directory = mkdtempSync(path.join(tmpdir(), 'predixa-leak-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['a Stripe key', ['sk_live_', letters].join('')],
    ['a restricted key', ['rk_test_', letters].join('')],
    ['a webhook secret', ['whsec_', letters].join('')],
    ['an AWS key', ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['a temporary AWS key', ['ASIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['a Unix path', '/home/ada/predixa/core/sync.js'],
    ['a Windows path', 'C:\\Users\\ada\\predixa'],
    ['a source map', '//# sourceMappingURL=index.cjs.map'],
    ['a source file', '// adapters/stripe/call.ts'],
    ['a package path', '// node_modules/stripe/esm/stripe.core.js'],
    ['the build folder', `"${process.cwd()}"`],
  ])('finds %s', (_, planted) => {
    expect(leaksIn(`const a=1;${planted};`)).not.toEqual([]);
  });

  it('finds a key in the source of a bundled function', async () => {
    const source = path.join(directory, 'planted.ts');
    const planted = ['sk_live_', letters].join('');
    writeFileSync(
      source,
      `export const handler = () => fetch('https://x', { headers: { k: '${planted}' } });`,
    );
    const { outputFiles } = await build({ ...bundling, entryPoints: [source], write: false });
    expect(leaksIn(outputFiles[0]?.text ?? '')).toEqual([planted]);
  });

  it('finds the source paths in a bundle that is not minified', async () => {
    const source = fileURLToPath(new URL('../../functions/entitlements-api/main.ts', import.meta.url));
    const { outputFiles } = await build({ ...bundling, entryPoints: [source], minify: false, write: false });
    expect(leaksIn(outputFiles[0]?.text ?? '')).not.toEqual([]);
  });

  it('finds a key in a template whose configuration has it in a URL', () => {
    const successUrl = `https://app.example.com/?key=${['sk_live_', letters].join('')}`;
    const config: StageConfig = { ...stages.dev, checkout: { ...stages.dev.checkout, successUrl } };
    expect(leaksIn(JSON.stringify(synthesize(config)))).toEqual([['sk_live_', letters].join('')]);
  });
});
