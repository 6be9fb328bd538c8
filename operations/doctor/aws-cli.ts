/**
 * Calls AWS through the AWS CLI, which an operator has installed anyway, instead of through four more client libraries
 * that nothing else needs.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { UsageError } from '../cli/command.ts';

/** Returns the parsed response, or `undefined` if the resource does not exist. */
export type AwsCli = (...args: readonly string[]) => Promise<unknown>;

/** A failure of the AWS CLI, or an error that AWS returned. */
export class AwsCliError extends Error {
  /** AWS's error code, such as `AccessDenied`, or a phrase for a failure of the CLI itself. */
  readonly code: string;

  constructor(code: string) {
    super(`AWS returned an error: ${code}`);
    this.code = code;
  }
}

const TIMEOUT_MS = 15_000;
const NOT_FOUND = /ResourceNotFoundException|NoSuchEntity|does not exist|ResourceNotFound|ParameterNotFound/;

/** Messages with which the CLI fails before it calls AWS. */
const cliErrors: readonly (readonly [RegExp, string])[] = [
  [/expired|refresh failed/i, 'expired'],
  [/locate credentials/i, 'no credentials'],
  [/config profile/i, 'no such profile'],
  [/connect to the endpoint/i, 'no network'],
];

export function awsCli(region: string): AwsCli {
  // Each call starts a Python process. More processes than CPUs would not finish sooner, and would time out.
  const limited = withConcurrency(Math.max(2, availableParallelism()));
  return (...args) => limited(() => ask([...args, '--region', region, '--output', 'json']));
}

function ask(args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile('aws', args, { timeout: TIMEOUT_MS, maxBuffer: 10_000_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim() === '' ? null : JSON.parse(stdout));
      else if (error.code === 'ENOENT')
        reject(new UsageError('The AWS CLI is not installed. Install it from https://aws.amazon.com/cli/'));
      else if (error.killed === true) reject(new AwsCliError(`no response within ${TIMEOUT_MS / 1_000} s`));
      else if (NOT_FOUND.test(stderr)) resolve(undefined);
      else reject(new AwsCliError(codeIn(stderr)));
    });
  });
}

/** Returns the code in `An error occurred (AccessDenied) when calling …`. The rest may quote the request. */
function codeIn(stderr: string): string {
  const code = /\((?<code>\w+)\)/.exec(stderr)?.groups?.['code'];
  return code ?? cliErrors.find(([words]) => words.test(stderr))?.[1] ?? 'the AWS CLI failed';
}

function withConcurrency(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
