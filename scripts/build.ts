/** Builds every Lambda function: `dist/functions/NAME/index.cjs` and `dist/functions/NAME.zip`, and tells what each costs at start. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { functionNames } from '../contract/functions.ts';
import { measureStart } from './measure-start.ts';
import { zipOf } from './zip.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface BuiltFunction {
  readonly name: string;
  readonly bundlePath: string;
  readonly bundleBytes: number;
  readonly zipBytes: number;
}

export async function buildFunctions(
  options: { readonly outDirectory?: string } = {},
): Promise<readonly BuiltFunction[]> {
  const outDirectory = options.outDirectory ?? path.join(root, 'dist', 'functions');
  return Promise.all(functionNames.map((name) => buildFunction(name, outDirectory)));
}

/** What the stack needs beside the functions: `dist/infra/pool-trigger/index.cjs`, run by CloudFormation. */
export async function buildPoolTrigger(): Promise<string> {
  const folder = path.join(root, 'dist', 'infra', 'pool-trigger');
  await mkdir(folder, { recursive: true });
  const bundlePath = path.join(folder, 'index.cjs');
  await replaceFile(bundlePath, await bundle('infra/pool-trigger/main.ts'));
  return bundlePath;
}

async function buildFunction(name: string, outDirectory: string): Promise<BuiltFunction> {
  const folder = path.join(outDirectory, name);
  await mkdir(folder, { recursive: true });
  const bundlePath = path.join(folder, 'index.cjs');
  const code = await bundle(`functions/${name}/main.ts`);
  const zip = await zipOf('index.cjs', code);
  await replaceFile(bundlePath, code);
  await replaceFile(path.join(outDirectory, `${name}.zip`), zip);
  return { name, bundlePath, bundleBytes: code.byteLength, zipBytes: zip.byteLength };
}

/** Every bundle alike. */
export const bundling = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // Names of error classes reach the logs.
  keepNames: true,
  platform: 'node',
  // CommonJS, since an ESM import of node:http loads all of undici on Node 24 and doubles the start.
  format: 'cjs',
  // esbuild's default for node prefers the SDK's CommonJS builds: a third larger, and slower to load.
  mainFields: ['module', 'main'],
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

async function bundle(entry: string): Promise<Uint8Array> {
  const result = await build({ ...bundling, entryPoints: [path.join(root, entry)], write: false });
  const code = result.outputFiles[0]?.contents;
  if (code === undefined) throw new Error(`esbuild wrote nothing for ${entry}`);
  return code;
}

/** As a whole: whoever loads the file meanwhile gets the old one or the new one. */
async function replaceFile(file: string, content: Uint8Array): Promise<void> {
  const whole = `${file}.${process.pid}`;
  await writeFile(whole, content);
  await rename(whole, file);
}

async function main(): Promise<void> {
  const [built] = await Promise.all([buildFunctions(), buildPoolTrigger()]);
  // What follows on the output is then somebody else's, as the CDK's template.
  if (process.argv.includes('--quiet')) return;
  console.log('function           bundle      zip   start (node, load only)');
  for (const one of built) {
    const startMs = measureStart(one.bundlePath);
    console.log(
      `${one.name.padEnd(17)}${kib(one.bundleBytes)}${kib(one.zipBytes)}   ${startMs.toFixed(0).padStart(4)} ms`,
    );
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0).padStart(5)} KiB`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
