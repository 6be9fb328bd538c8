/** What leaves the machine at a deployment: templates and bundles. No key, and nothing of where they were made. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { bundling } from '../../scripts/bundle.ts';
import { configs } from './configs.ts';
import { leaksIn } from './leaks.ts';
import { functionIn, resourcesOf, synthesize } from './synth.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

const bundles = [...functionNames.map((name) => `functions/${name}`), 'infra/pool-trigger'];

describe.each(bundles)('the bundle of %s', (folder) => {
  it('holds no key, and tells nothing of the machine and the files it was made of', async () => {
    expect(leaksIn(await readFile(path.join(dist, folder, 'index.cjs'), 'utf8'))).toEqual([]);
  });

  it('is alone in its folder, but for what the build writes over it', async () => {
    const files = await readdir(path.join(dist, folder));
    expect(files.filter((file) => !file.startsWith('index.cjs.'))).toEqual(['index.cjs']);
  });
});

/** A value for each of these would be a secret in plain text, whatever it looks like. */
const SECRET_VARIABLES = ['STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET', 'TRIAL_HASH_KEY'];

describe.each(Object.entries(configs))('the template of %s', (_, config) => {
  const template = synthesize(config);
  const text = JSON.stringify(template);

  it('holds no key, asks CloudFormation for none, and tells nothing of the machine', () => {
    expect(leaksIn(text)).toEqual([]);
    expect(text).not.toMatch(/\{\{resolve:|NoEcho/);
  });

  it('gives no function a secret’s value, and makes no secret', () => {
    for (const name of functionNames) {
      const { Variables } = functionIn(template, name).Properties['Environment'] as {
        Variables: Record<string, unknown>;
      };
      expect(Object.keys(Variables).filter((variable) => SECRET_VARIABLES.includes(variable))).toEqual([]);
    }
    expect(resourcesOf(template, 'AWS::SecretsManager::Secret')).toEqual([]);
  });
});

describe('these checks', () => {
  const letters = 'abcdefgh12345678';
  const directory = mkdtempSync(path.join(tmpdir(), 'predixa-leak-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['a key of Stripe’s', ['sk_live_', letters].join('')],
    ['a restricted key', ['rk_test_', letters].join('')],
    ['a webhook secret', ['whsec_', letters].join('')],
    ['a key of AWS', ['AKIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['a key of AWS that expires', ['ASIA', 'ABCDEFGHIJKLMNOP'].join('')],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['a path of a machine', '/home/ada/predixa/core/sync.js'],
    ['a path of Windows', 'C:\\Users\\ada\\predixa'],
    ['a source map', '//# sourceMappingURL=index.cjs.map'],
    ['a source file', '// adapters/stripe/call.ts'],
    ['a package’s place', '// node_modules/stripe/esm/stripe.core.js'],
    ['the folder of the build', `"${process.cwd()}"`],
  ])('find %s', (_, planted) => {
    expect(leaksIn(`const a=1;${planted};`)).not.toEqual([]);
  });

  it('find a key that is written into a function, as the build bundles it', async () => {
    const source = path.join(directory, 'planted.ts');
    const planted = ['sk_live_', letters].join('');
    writeFileSync(
      source,
      `export const handler = () => fetch('https://x', { headers: { k: '${planted}' } });`,
    );
    const { outputFiles } = await build({ ...bundling, entryPoints: [source], write: false });
    expect(leaksIn(outputFiles[0]?.text ?? '')).toEqual([planted]);
  });

  it('find the paths of a bundle that is not made small', async () => {
    const source = fileURLToPath(new URL('../../functions/entitlements-api/main.ts', import.meta.url));
    const { outputFiles } = await build({ ...bundling, entryPoints: [source], minify: false, write: false });
    expect(leaksIn(outputFiles[0]?.text ?? '')).not.toEqual([]);
  });

  it('find a key in a template, where a configuration takes it for an address', () => {
    const successUrl = `https://app.example.com/?key=${['sk_live_', letters].join('')}`;
    const config: StageConfig = { ...stages.dev, checkout: { ...stages.dev.checkout, successUrl } };
    expect(leaksIn(JSON.stringify(synthesize(config)))).toEqual([['sk_live_', letters].join('')]);
  });
});
