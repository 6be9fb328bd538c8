/** What the doctor looks at, and what it finds wrong: one line each, with the command that mends it. */
import type { Installation } from './installation.ts';

export interface Problem {
  /** What is wrong, in one line, without a secret. */
  readonly what: string;
  /** A command, or the one thing to do. */
  readonly mend: string;
}

export interface Check {
  readonly name: string;
  /** Nothing where all is well. What it throws is told as "could not be checked". */
  readonly run: (installation: Installation) => Promise<readonly Problem[]>;
}

export interface Finding {
  readonly check: string;
  readonly problems: readonly Problem[];
}

const LIMIT_MS = 20_000;

/** Side by side: each rests on another part of the installation. */
export function examine(installation: Installation, checks: readonly Check[]): Promise<readonly Finding[]> {
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const limit = AbortSignal.timeout(LIMIT_MS);
      const late = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () => reject(new Error(`no answer within ${LIMIT_MS / 1_000} s`)));
      });
      const problems = await Promise.race([run(installation), late]).catch((cause: unknown) => [
        { what: `could not be checked: ${wordFor(cause)}`, mend: installation.mends.reach },
      ]);
      return { check: name, problems };
    }),
  );
}

/** Names and codes only: messages of other systems may quote what was sent. */
function wordFor(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const inner = cause.cause instanceof Error && 'code' in cause.cause ? String(cause.cause.code) : undefined;
  return inner ?? code ?? (cause.name === 'Error' ? cause.message : cause.name);
}
