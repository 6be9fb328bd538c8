/** Runs `npm start` as a process of its own, without a build. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, readEnvironmentFile } from '../../local/cloud/environment.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const anyPorts = [
  '--api-port=0',
  '--dynamodb-port=0',
  '--cognito-port=0',
  '--stripe-port=0',
  '--revenuecat-port=0',
];

export interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
  waitFor(text: string): Promise<void>;
}

/** A detached process and its children form a group, which can be killed at once. */
export function run(args: readonly string[], { detached = false } = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts', ...args], {
    cwd: root,
    detached,
  });
  let output = '';
  const listeners = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const waitFor = async (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (output.includes(text)) resolve();
      };
      listeners.add(check);
      check();
      void exit.then(() => {
        reject(new Error(`The process exited without printing ${text}: ${output}`));
      });
    });
  return { child, output: () => output, exit, waitFor };
}

export interface RunningCloud extends Run {
  readonly env: Environment;
}

/** Starts it in the directory and waits until it is ready. */
export async function startIn(directory: string, more: readonly string[] = []): Promise<RunningCloud> {
  // The functions are already built. Another build would remove them while tests in other processes use them.
  const args = [...anyPorts, '--no-build', '--directory', directory, ...more];
  const started = run(args, { detached: true });
  await started.waitFor('The local cloud is ready');
  const env = (await readEnvironmentFile(path.join(directory, 'env'))) ?? {};
  return { ...started, env };
}
