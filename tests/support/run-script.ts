/** A command of `operations/`, run as a person would, in a directory of one's own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ScriptEnd {
  readonly code: number;
  readonly text: string;
}

export function scriptRunner(file: URL, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
  const tsx = import.meta.resolve('tsx');
  const env = { PATH: process.env['PATH'], ...options.env };
  return (...args: readonly string[]): Promise<ScriptEnd> =>
    new Promise((resolve) => {
      const command = ['--import', tsx, fileURLToPath(file), ...args];
      execFile(process.execPath, command, { cwd: options.cwd, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
      });
    });
}
