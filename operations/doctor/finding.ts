/** What the doctor looks at, and what it finds wrong: one line each, with the command that fixes it. */
import type { Installation } from './installation.ts';

export interface Problem {
  /** What is wrong, in one line, without a secret. */
  readonly what: string;
  /** A command, or the one thing to do. */
  readonly fix: string;
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

/** Of a stage in AWS some forty questions are asked, each by a process of its own. */
const CHECK_TIMEOUT_MS = 60_000;

/** Side by side: each rests on another part of the installation. */
export function examine(installation: Installation, checks: readonly Check[]): Promise<readonly Finding[]> {
  const { fixes } = installation;
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const limit = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const late = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () =>
          reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1_000} s`)),
        );
      });
      const problems = await Promise.race([run(installation), late]).catch((cause: unknown) => {
        const word = causeOf(cause);
        const fix = /denied|unauthorized|notauthorized/i.test(word) ? fixes.allow : fixes.reach;
        return [{ what: `could not be checked: ${word}`, fix }];
      });
      return { check: name, problems };
    }),
  );
}

/** Names and codes only: messages of other systems may quote what was sent. */
function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const { constructor, name, message } = cause;
  // What is thrown here is plain and says what it means; a fault of an adapter is told by what caused it.
  if (constructor === Error || constructor.name === 'UsageError') return codeOf(cause) ?? message;
  const inner = cause.cause instanceof Error ? (codeOf(cause.cause) ?? cause.cause.name) : undefined;
  return codeOf(cause) ?? inner ?? (name === 'Error' ? constructor.name : name);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
