/**
 * Asks AWS through its own command-line tool, which whoever deploys has at hand, rather than through four more client
 * libraries that nothing else here needs.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { UsageError } from '../cli/command.ts';

/** The answer, parsed; `undefined` where AWS says that there is no such thing. */
export type AwsCli = (...args: readonly string[]) => Promise<unknown>;

/** AWS, or its tool, does not answer what it was asked. */
export class AwsCliError extends Error {
  /** As AWS names it: `AccessDenied`; or a word for what kept the tool from asking. */
  readonly code: string;

  constructor(code: string) {
    super(`AWS refuses: ${code}`);
    this.code = code;
  }
}

const TIMEOUT_MS = 15_000;
const NOT_FOUND = /ResourceNotFoundException|NoSuchEntity|does not exist|ResourceNotFound/;

/** What the tool says before it asks anybody. */
const cliErrors: readonly (readonly [RegExp, string])[] = [
  [/expired|refresh failed/i, 'expired'],
  [/locate credentials/i, 'no credentials'],
  [/config profile/i, 'no such profile'],
  [/connect to the endpoint/i, 'no network'],
];

export function awsCli(region: string): AwsCli {
  // Each call starts a Python of its own: more of them at once than processors end no sooner, and time out.
  const inTurn = withConcurrency(Math.max(2, availableParallelism()));
  return (...args) => inTurn(() => ask([...args, '--region', region, '--output', 'json']));
}

function ask(args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile('aws', args, { timeout: TIMEOUT_MS, maxBuffer: 10_000_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim() === '' ? null : JSON.parse(stdout));
      else if (error.code === 'ENOENT')
        reject(new UsageError('The AWS CLI is not installed: https://aws.amazon.com/cli/'));
      else if (error.killed === true) reject(new AwsCliError(`no answer within ${TIMEOUT_MS / 1_000} s`));
      else if (NOT_FOUND.test(stderr)) resolve(undefined);
      else reject(new AwsCliError(codeIn(stderr)));
    });
  });
}

/** `An error occurred (AccessDenied) when calling …`: the code alone, since the rest may quote what was asked. */
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
