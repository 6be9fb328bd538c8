/** Runs the command-line program of the simulator as a process of its own, so that it can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Exit {
  readonly code: number | null;
  /** What it wrote to the error stream. */
  readonly errors: string;
}

export interface SimulatorProcess {
  /** Resolves with the address once requests are accepted, and rejects if the process ends before. */
  readonly url: Promise<string>;
  readonly exit: Promise<Exit>;
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

const program = join(import.meta.dirname, '../main.ts');

const fullDisk = join(import.meta.dirname, 'full-disk.mjs');

/** The disk becomes full when the file `diskFull` exists. */
export function startProcess(args: readonly string[], diskFull?: string): SimulatorProcess {
  // The query tells the module the name of the file.
  const preload =
    diskFull === undefined
      ? []
      : ['--import', `${pathToFileURL(fullDisk).href}?${encodeURIComponent(diskFull)}`];
  const imports = ['--import', 'tsx', ...preload];
  const child = spawn(process.execPath, [...imports, program, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = exitOf(child);
  return {
    url: urlOf(child),
    exit,
    kill: (signal) => {
      child.kill(signal);
      return exit;
    },
  };
}

function urlOf(child: ChildProcess): Promise<string> {
  const url = new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error('The simulator ended before it printed its address.')));
  });
  url.catch(() => undefined);
  return url;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, errors }));
  });
}
