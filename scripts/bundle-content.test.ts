import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../contract/functions.ts';
import { PROJECT_ROOT } from './bundle.ts';

const folder = path.join(PROJECT_ROOT, 'dist', 'functions');

describe('The bundle of a function', () => {
  it.each(functionNames)(
    'has no file of a package, such as the AWS SDK or the Stripe library: %s',
    async (name) => {
      const bundles: Readonly<Record<string, { readonly inputs: object }>> = JSON.parse(
        await readFile(path.join(folder, '.bundles.json'), 'utf8'),
      );
      const files = Object.keys(bundles[name]?.inputs ?? {});
      expect(files).toContain(`functions/${name}/main.ts`);
      expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
    },
  );

  it.each(functionNames)('loads only these modules of Node: %s', async (name) => {
    const code = await readFile(path.join(folder, name, 'index.cjs'), 'utf8');
    const required = [...code.matchAll(/(?:require|getBuiltinModule)\("(?<module>[^"]+)"\)/g)].map(
      ({ groups }) => groups?.['module'],
    );
    const allowed = ['node:async_hooks', 'node:crypto', 'node:http', 'node:https', 'node:net'];
    expect(required.filter((module) => !allowed.includes(module ?? ''))).toEqual([]);
  });
});
