/**
 * Asks AWS through its own command-line tool, which whoever deploys has at hand, rather than through four more client
 * libraries that nothing else here needs.
 */
import { execFile } from 'node:child_process';
import { UsageError } from '../command.ts';

/** The answer, parsed; `undefined` where AWS says that there is no such thing. */
export type AwsCli = (...args: readonly string[]) => Promise<unknown>;

const absent = /ResourceNotFoundException|NoSuchEntity|does not exist|ResourceNotFound/;

export function awsCli(region: string): AwsCli {
  return (...args) =>
    new Promise((resolve, reject) => {
      const command = [...args, '--region', region, '--output', 'json'];
      execFile('aws', command, { timeout: 15_000, maxBuffer: 10_000_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim() === '' ? null : JSON.parse(stdout));
        else if (error.code === 'ENOENT')
          reject(new UsageError('The AWS CLI is not installed: https://aws.amazon.com/cli/'));
        else if (absent.test(stderr)) resolve(undefined);
        else reject(Object.assign(new Error('AWS refuses'), { code: codeIn(stderr) }));
      });
    });
}

/** `An error occurred (AccessDenied) when calling …`: the code alone, since the rest may quote what was asked. */
function codeIn(stderr: string): string {
  return (
    /\((?<code>\w+)\)/.exec(stderr)?.groups?.['code'] ?? 'the AWS CLI failed: aws sts get-caller-identity'
  );
}
