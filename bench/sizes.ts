/** The size of each bundle, and the packages in it. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { functionNames } from '../contract/functions.ts';

export interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly zipBytes: number;
  /** Names, or scopes such as `@smithy`. */
  readonly packages: readonly string[];
}

/** Reads the build in a folder that `npm run build` wrote. */
export async function sizesIn(directory: string): Promise<readonly Size[]> {
  const manifest = await readManifest(path.join(directory, '.bundles.json'));
  return Promise.all(
    functionNames.map(async (name) => {
      const [bundle, zip] = await Promise.all([
        stat(path.join(directory, name, 'index.cjs')),
        stat(path.join(directory, `${name}.zip`)),
      ]);
      const inputs = Object.keys(manifest[name]?.inputs ?? {});
      return { name, bytes: bundle.size, zipBytes: zip.size, packages: packagesOf(inputs) };
    }),
  );
}

type Manifest = Readonly<Record<string, { readonly inputs: Readonly<Record<string, string>> } | undefined>>;

async function readManifest(file: string): Promise<Manifest> {
  return JSON.parse(await readFile(file, 'utf8')) as Manifest;
}

function packagesOf(inputs: readonly string[]): readonly string[] {
  const names = inputs.flatMap((file) => /^node_modules\/([^/]+)\//.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}
