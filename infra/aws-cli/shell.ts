/** What a shell's form of the commands consists of. */
import type { Command } from './cli-command.ts';

export interface Shell {
  readonly name: 'bash' | 'powershell';
  readonly title: string;
  /** For fenced blocks. */
  readonly language: string;
  /** Before everything: stops at the first failure, and sets the variables that no call answers. */
  prelude(values: Prelude): string;
  command(command: Command): string;
  /** A line that is the same in every shell but for how it is read. */
  line(text: string): string;
  /** The last lines: what was made, to be noted. */
  report(values: Readonly<Record<string, string>>): string;
}

const VARIABLE = /(\{\{[A-Z][A-Z0-9_]*\}\})/;

export const hasVariables = (text: string): boolean => VARIABLE.test(text);

/** Both shells write `${NAME}`; what stands between is theirs to escape. */
export function withVariables(text: string, escape: (literal: string) => string): string {
  return text
    .split(VARIABLE)
    .map((part, index) => (index % 2 === 1 ? `\${${part.slice(2, -2)}}` : escape(part)))
    .join('');
}

const MAX_LINE_LENGTH = 100;

/** In one line, which reads better where it is short; else an option a line. */
export function layOut(words: string, options: readonly string[], goesOn: string): string {
  const inOne = [words, ...options].join(' ');
  return inOne.length <= MAX_LINE_LENGTH ? inOne : [words, ...options].join(` ${goesOn}\n  `);
}

/** A variable in a line that bash and PowerShell read alike. */
export const inlineVariable = (name: string): string => `"\${${name}}"`;

export interface Prelude {
  readonly region: string;
  readonly folder: string;
}
