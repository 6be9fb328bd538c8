/** The doctor's checks and findings: each problem is one line, with the command that fixes it. */
import type { Installation } from './installation.ts';

export interface Problem {
  /** What is wrong, in one line and without secrets. */
  readonly what: string;
  /** A command, or the one action that fixes the problem. */
  readonly fix: string;
}

export interface Check {
  readonly name: string;
  /** Returns the problems, or none. An exception is reported as "could not be checked". */
  readonly run: (installation: Installation) => Promise<readonly Problem[]>;
}

export interface Finding {
  readonly check: string;
  readonly problems: readonly Problem[];
}

/** A stage in AWS takes about forty calls, each in its own process. */
const CHECK_TIMEOUT_MS = 60_000;

/** Runs the checks concurrently, since they are independent of each other. */
export function examine(installation: Installation, checks: readonly Check[]): Promise<readonly Finding[]> {
  const { fixes } = installation;
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const limit = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const timeout = new Promise<never>((_, reject) => {
        limit.addEventListener('abort', () =>
          reject(new Error(`no response within ${CHECK_TIMEOUT_MS / 1_000} s`)),
        );
      });
      const problems = await Promise.race([run(installation), timeout]).catch((cause: unknown) => {
        const reason = causeOf(cause);
        const fix = /denied|unauthorized|notauthorized/i.test(reason) ? fixes.allow : fixes.reach;
        return [{ what: `could not be checked: ${reason}`, fix }];
      });
      return { check: name, problems };
    }),
  );
}

/** Returns a name or code. Messages of other systems are left out, because they may quote the request. */
function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const { constructor, name, message } = cause;
  // Our own errors have clear messages. A fault of an adapter is described by its cause.
  if (constructor === Error || constructor.name === 'UsageError') return codeOf(cause) ?? message;
  const inner = cause.cause instanceof Error ? (codeOf(cause.cause) ?? cause.cause.name) : undefined;
  return codeOf(cause) ?? inner ?? (name === 'Error' ? constructor.name : name);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
