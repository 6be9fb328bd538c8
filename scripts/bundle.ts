/** Bundles entry files with esbuild. All of them share one pass, so a package that several import is parsed once. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The settings of every bundle. */
export const bundling = {
  absWorkingDir: PROJECT_ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  // CommonJS, since an ESM import of node:http loads all of undici on Node 24 and doubles the start of a function.
  format: 'cjs',
  // esbuild's default for node prefers the SDK's CommonJS builds: a third larger, and slower to load.
  mainFields: ['module', 'main'],
  target: 'node20',
  // The SDK imports node:http dynamically before its first call. On Node 24 that takes 100 ms, and require 10 ms.
  supported: { 'dynamic-import': false },
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

export interface Bundle {
  readonly code: Uint8Array;
  /** Every file that is part of the bundle, relative to the project's root. */
  readonly inputs: readonly string[];
}

/** Bundles `entries` (name to entry file, relative to the project's root) and returns them by name. */
export async function bundleAll(
  entries: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Bundle>> {
  if (Object.keys(entries).length === 0) return new Map();
  const outdir = path.join(PROJECT_ROOT, 'dist');
  const result = await build({
    ...bundling,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, path.join(PROJECT_ROOT, entry)]),
    ),
    outdir,
    metafile: true,
    write: false,
  });
  const codes = new Map(
    result.outputFiles.map((file) => [path.relative(PROJECT_ROOT, file.path), file.contents]),
  );
  const outputs = Object.entries(result.metafile.outputs).map(([file, output]) => ({
    file: path.normalize(file),
    output,
  }));
  return new Map(
    Object.keys(entries).map((name) => {
      const expected = path.join('dist', `${name}.js`);
      const output = outputs.find(({ file }) => file === expected)?.output;
      const code = codes.get(expected);
      if (output === undefined || code === undefined)
        throw new Error(`esbuild produced no bundle for ${name}.`);
      return [name, { code, inputs: Object.keys(output.inputs) }];
    }),
  );
}
