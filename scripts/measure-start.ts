/** Measures how long Node takes to load a bundle, in a new process each time. */
import { spawnSync } from 'node:child_process';

const RUNS = 5;

const PROGRAM = `const t = process.hrtime.bigint(); require(process.argv[1]);
process.stdout.write(String(Number(process.hrtime.bigint() - t) / 1e6));`;

/** Returns the median of five loads in milliseconds. It compares bundles and is not Lambda's own init duration. */
export function measureStart(bundlePath: string): number {
  const times = Array.from({ length: RUNS }, () => {
    const run = spawnSync(process.execPath, ['-e', PROGRAM, bundlePath], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${bundlePath} does not load: ${run.stderr}`);
    return Number(run.stdout);
  }).sort((a, b) => a - b);
  return times[Math.floor(RUNS / 2)] ?? Number.NaN;
}
