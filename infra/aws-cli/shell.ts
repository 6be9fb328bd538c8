/** What a shell's form of the commands consists of. */
import type { Command } from './lower.ts';

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

/** A variable in a line that bash and PowerShell read alike. */
export const inLine = (name: string): string => `"\${${name}}"`;

export interface Prelude {
  readonly region: string;
  readonly folder: string;
}
