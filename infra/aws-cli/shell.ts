/** The shell-specific parts of the generated commands. */
import type { Command } from './cli-command.ts';

export interface Shell {
  readonly name: 'bash' | 'powershell';
  readonly title: string;
  /** The language of fenced code blocks. */
  readonly language: string;
  /** Returns the first lines. They stop the script at the first failure and set the variables that no call returns. */
  prelude(values: Prelude): string;
  command(command: Command): string;
  /** Adapts a command line to the shell's quoting rules. */
  line(text: string): string;
  /** Returns the last lines, which print what was created. */
  report(values: Readonly<Record<string, string>>): string;
}

const VARIABLE = /(\{\{[A-Z][A-Z0-9_]*\}\})/;

export const hasVariables = (text: string): boolean => VARIABLE.test(text);

/** Renders `{{NAME}}` as `${NAME}`, as both shells do, and escapes the text in between with `escape`. */
export function withVariables(text: string, escape: (literal: string) => string): string {
  return text
    .split(VARIABLE)
    .map((part, index) => (index % 2 === 1 ? `\${${part.slice(2, -2)}}` : escape(part)))
    .join('');
}

const MAX_LINE_LENGTH = 100;

/** Returns the command on one line if it is short, otherwise with one option per line. */
export function layOut(words: string, options: readonly string[], continuation: string): string {
  const inOne = [words, ...options].join(' ');
  return inOne.length <= MAX_LINE_LENGTH ? inOne : [words, ...options].join(` ${continuation}\n  `);
}

/** Returns a reference to a variable that works in both bash and PowerShell. */
export const inlineVariable = (name: string): string => `"\${${name}}"`;

export interface Prelude {
  readonly region: string;
  readonly folder: string;
}
