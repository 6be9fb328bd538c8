/**
 * Runs a command of `operations/` in its own directory, as an operator would. It uses the bundle that all tests share,
 * which starts three times as fast as the sources. operations/commands.long.test.ts starts the sources.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import path from 'node:path';
import { inject } from 'vitest';

export interface ScriptEnd {
  readonly code: number;
  readonly text: string;
}

export interface RunningScript {
  readonly process: ChildProcess;
  readonly end: Promise<ScriptEnd>;
}

interface ScriptOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export function scriptStarter(file: URL, options: ScriptOptions) {
  const bundle = path.join(inject('operationsDirectory'), `${path.basename(file.pathname, '.ts')}.mjs`);
  const env = { PATH: process.env['PATH'], ...options.env };
  return (...args: readonly string[]): RunningScript => {
    const command = [bundle, ...args];
    let settle: (end: ScriptEnd) => void = () => undefined;
    const end = new Promise<ScriptEnd>((resolve) => {
      settle = resolve;
    });
    const child = execFile(process.execPath, command, { cwd: options.cwd, env }, (error, stdout, stderr) => {
      // A killed process has no exit code.
      settle({ code: error === null ? 0 : Number(error.code ?? -1), text: stdout + stderr });
    });
    return { process: child, end };
  };
}

export function scriptRunner(file: URL, options: ScriptOptions) {
  const start = scriptStarter(file, options);
  return (...args: readonly string[]): Promise<ScriptEnd> => start(...args).end;
}
