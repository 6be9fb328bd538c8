/** The commands for bash. */
import type { Command, CommandFile } from './lower.ts';
import type { Shell } from './shell.ts';
import { variablePattern } from './step.ts';

const bare = /^[\w./:=@%+-]+$/;

/** One word, whatever it holds. */
export function bashWord(text: string): string {
  if (bare.test(text)) return text;
  const hasVariables = new RegExp(variablePattern.source).test(text);
  if (!hasVariables && !text.includes("'")) return `'${text}'`;
  return `"${withVariables(text, (literal) => literal.replace(/[\\"$`]/g, '\\$&'))}"`;
}

function withVariables(text: string, escape: (literal: string) => string): string {
  const variables = [...text.matchAll(variablePattern)].map(({ groups }) => `\${${groups?.['name'] ?? ''}}`);
  const literals = text.split(new RegExp(variablePattern.source.replace('?<name>', '?:'), 'g'));
  return literals.map((literal, index) => escape(literal) + (variables[index] ?? '')).join('');
}

function file({ path, content }: CommandFile): string {
  const hasVariables = new RegExp(variablePattern.source).test(content);
  const [mark, body] = hasVariables
    ? ['JSON', withVariables(content, (literal) => literal.replace(/[\\$`]/g, '\\$&'))]
    : ["'JSON'", content];
  return `cat > ${path} <<${mark}\n${body}\nJSON`;
}

function command({ files, head, options, into, patient }: Command): string {
  const words = [...(patient ? ['patiently'] : []), ...head].join(' ');
  const lines = options.map((option) => option.map(bashWord).join(' '));
  // Short ones read better in one line.
  const inOne = [words, ...lines].join(' ');
  const called = inOne.length <= 100 ? inOne : [words, ...lines].join(' \\\n  ');
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
patiently() { for pause in 2 4 8 16; do "$@" && return; sleep "$pause"; done; "$@"; }`,
  command,
  line: (text) => text,
  report: (values) =>
    Object.entries(values)
      .map(([name, value]) => `echo ${bashWord(`${name}: ${value}`)}`)
      .join('\n'),
};
