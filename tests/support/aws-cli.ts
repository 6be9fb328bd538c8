/**
 * An `aws` command with prepared answers. As with the AWS CLI, errors go to standard error with exit code 254, in the form
 * `An error occurred (CODE) when calling the OPERATION operation: …`.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface AwsCommand {
  /** The directory to put first in `PATH`. */
  readonly directory: string;
  /** Prepares the answer to a call, named by its operation and option values: `iam get-role-policy ROLE POLICY`. */
  answers(call: string, answer: unknown): Promise<void>;
  /** Makes the call fail. `text` is the whole standard error. */
  fails(call: string, text: string): Promise<void>;
  /** Makes the call fail as for a resource that does not exist. Calls without a prepared answer fail the same way. */
  forgets(call: string): Promise<void>;
  close(): Promise<void>;
}

/** A shell script starts a hundred times faster than the real CLI, and the doctor calls it some forty times. */
const script = `#!/bin/sh
call="$1 $2"
shift 2
while [ $# -gt 0 ]; do
  case "$1" in
    --region | --output | --version-id) shift 2 ;;
    --payload) event="\${2#fileb://}"; shift 2 ;;
    --*) call="$call $2"; shift 2 ;;
    *) out="$1"; shift ;;
  esac
done
file="$(dirname "$0")/answers/$(printf %s "$call" | tr -c 'A-Za-z0-9-' '_')"
if [ -f "$file.error" ]; then cat "$file.error" >&2; exit 254; fi
if [ -f "$file" ]; then
  # The trigger gives its event back.
  [ -n "$out" ] && cp "$event" "$out"
  cat "$file"; exit 0
fi
echo "An error occurred (ResourceNotFoundException) when calling the $call operation: not found" >&2
exit 254
`;

export async function openAwsCommand(): Promise<AwsCommand> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-aws-'));
  const fileOf = (call: string) => path.join(directory, 'answers', call.replace(/[^A-Za-z0-9-]/g, '_'));
  await mkdir(path.join(directory, 'answers'));
  await writeFile(path.join(directory, 'aws'), script);
  await chmod(path.join(directory, 'aws'), 0o755);
  const forgets = async (call: string) => {
    for (const file of [fileOf(call), `${fileOf(call)}.error`]) await rm(file, { force: true });
  };
  return {
    directory,
    answers: async (call, answer) => {
      await forgets(call);
      await writeFile(fileOf(call), JSON.stringify(answer, undefined, 4));
    },
    fails: (call, text) => writeFile(`${fileOf(call)}.error`, `\n${text}\n`),
    forgets,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
