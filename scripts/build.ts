/**
 * Builds every Lambda function that changed: `dist/functions/NAME/index.cjs` and `dist/functions/NAME.zip`. As a
 * command, it prints the size of each and how long it takes to load.
 */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionNames } from '../contract/functions.ts';
import { type Bundle, bundleAll, PROJECT_ROOT } from './bundle.ts';
import { openBundleCache } from './bundle-cache.ts';
import { measureStart } from './measure-start.ts';
import { replaceFile } from './replace-file.ts';
import { zipOf } from './zip.ts';

export interface BuildOptions {
  readonly outDirectory?: string;
  /** Called before the build, with the names of the functions whose files do not match their sources. */
  readonly onBuild?: (names: readonly string[]) => void;
}

/** Builds the functions whose files do not match their sources. Returns their names. */
export async function buildFunctions(options: BuildOptions = {}): Promise<readonly string[]> {
  const { outDirectory = path.join(PROJECT_ROOT, 'dist', 'functions'), onBuild = () => undefined } = options;
  await mkdir(outDirectory, { recursive: true });
  const cache = await openBundleCache({ root: PROJECT_ROOT, outDirectory });
  const current = await Promise.all(functionNames.map((name) => cache.isCurrent(name)));
  const outdated = functionNames.filter((_, index) => current[index] === false);
  if (outdated.length === 0) return [];
  onBuild(outdated);
  const startedAtMs = Date.now();
  const bundles = await bundleAll(
    Object.fromEntries(outdated.map((name) => [name, `functions/${name}/main.ts`])),
  );
  await Promise.all(
    [...bundles].map(async ([name, { code, inputs }]) => {
      const outputs = await writeFunction(name, code, outDirectory);
      await cache.record(name, { inputs, outputs, startedAtMs });
    }),
  );
  await cache.save();
  return outdated;
}

/** Builds the custom resource that CloudFormation runs: `dist/infra/pool-trigger/index.cjs`. Returns its path. */
export async function buildPoolTrigger(): Promise<string> {
  const folder = path.join(PROJECT_ROOT, 'dist', 'infra', 'pool-trigger');
  await mkdir(folder, { recursive: true });
  const bundlePath = path.join(folder, 'index.cjs');
  const bundles = await bundleAll({ 'pool-trigger': 'infra/pool-trigger/main.ts' });
  for (const { code } of bundles.values()) await replaceFile(bundlePath, code);
  return bundlePath;
}

/** Returns the files written, relative to the output directory. */
async function writeFunction(
  name: string,
  code: Bundle['code'],
  outDirectory: string,
): Promise<readonly string[]> {
  const outputs = [path.join(name, 'index.cjs'), `${name}.zip`] as const;
  await mkdir(path.join(outDirectory, name), { recursive: true });
  await replaceFile(path.join(outDirectory, outputs[0]), code);
  await replaceFile(path.join(outDirectory, outputs[1]), await zipOf('index.cjs', code));
  return outputs;
}

async function main(): Promise<void> {
  await Promise.all([buildFunctions(), buildPoolTrigger()]);
  // What follows on standard output may belong to another program, such as a CDK template.
  if (process.argv.includes('--quiet')) return;
  console.log('function               bundle      zip   start (node, load only)');
  for (const name of functionNames) {
    const folder = path.join(PROJECT_ROOT, 'dist', 'functions');
    const bundlePath = path.join(folder, name, 'index.cjs');
    const [bundle, zip] = await Promise.all([stat(bundlePath), stat(path.join(folder, `${name}.zip`))]);
    const startMs = measureStart(bundlePath).toFixed(0).padStart(4);
    console.log(`${name.padEnd(21)}${kib(bundle.size)}${kib(zip.size)}   ${startMs} ms`);
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0).padStart(5)} KiB`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
