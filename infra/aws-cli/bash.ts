/** Renders commands for bash. */
import type { Command, CommandFile } from './cli-command.ts';
import { hasVariables, layOut, type Shell, withVariables } from './shell.ts';

const BARE_WORD = /^[\w./:=@%+-]+$/;

/** Quotes any text as one word. */
export function bashWord(text: string): string {
  if (BARE_WORD.test(text)) return text;
  if (!hasVariables(text) && !text.includes("'")) return `'${text}'`;
  return `"${withVariables(text, (literal) => literal.replace(/[\\"$`]/g, '\\$&'))}"`;
}

function file({ path, content }: CommandFile): string {
  const [mark, body] = hasVariables(content)
    ? ['JSON', withVariables(content, (literal) => literal.replace(/[\\$`]/g, '\\$&'))]
    : ["'JSON'", content];
  return `cat > ${path} <<${mark}\n${body}\nJSON`;
}

function command({ files, head, options, into, waitUntilReady }: Command): string {
  const words = [...(waitUntilReady ? ['with_retry'] : []), ...head].join(' ');
  const lines = options.map((option) => option.map(bashWord).join(' '));
  const called = layOut(words, lines, '\\');
  const whole = into === undefined ? called : `${into}=$(${called})`;
  return [...files.map(file), whole].join('\n');
}

export const bash: Shell = {
  name: 'bash',
  title: 'bash',
  language: 'sh',
  prelude: ({ region, folder }) => `set -euo pipefail
export AWS_REGION=${region} AWS_DEFAULT_REGION=${region} AWS_PAGER=
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
mkdir -p ${folder}
with_retry() { for pause in 2 4 8 16; do "$@" && return; sleep "$pause"; done; "$@"; }`,
  command,
  line: (text) => text,
  report: (values) =>
    Object.entries(values)
      .map(([name, value]) => `echo ${bashWord(`${name}: ${value}`)}`)
      .join('\n'),
};
