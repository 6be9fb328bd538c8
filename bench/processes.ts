/** Runs a function in a process of its own, as Lambda does. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';

export interface Program {
  /** The Node to run it with. */
  readonly node: string;
  /** A file that exports `handler`. */
  readonly modulePath: string;
  readonly env: Environment;
}

export interface FirstAnswer {
  /** From the start of the process to the answer. */
  readonly startToAnswerMs: number;
  readonly importMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
  readonly answer: unknown;
}

export interface Batch {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly heapUsed: number;
  readonly rss: number;
  readonly answer: unknown;
}

export interface Worker {
  /** Invokes the function with each event, so many at a time. */
  run(events: readonly string[], concurrency: number): Promise<Batch>;
  close(): void;
}

export const programs = fileURLToPath(new URL('programs/', import.meta.url));

const ANSWER_LIMIT_BYTES = 8 * 1024 * 1024;

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Starts a process, invokes the function once and ends. */
export function answerOnce({ node, modulePath, env }: Program, event: string): Promise<FirstAnswer> {
  const args = [`${programs}answer-once.cjs`, modulePath, event];
  const startedAtMs = nowMs();
  return new Promise((resolve, reject) => {
    execFile(node, args, { env: { ...env }, maxBuffer: ANSWER_LIMIT_BYTES }, (error, stdout, stderr) => {
      if (error !== null) {
        reject(new Error(`${modulePath} did not answer. ${stderr}`));
        return;
      }
      // What comes before the last line are the log lines of the function.
      const report = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Omit<
        FirstAnswer,
        'startToAnswerMs'
      > & { readonly answeredAtMs: number };
      const { answeredAtMs, ...rest } = report;
      assertAnswered(report.answer, modulePath);
      resolve({ ...rest, startToAnswerMs: answeredAtMs - startedAtMs });
    });
  });
}

/** A failure is quick, and would look like speed. */
export function assertAnswered(answer: unknown, modulePath: string): void {
  const { statusCode = 200, body } = (answer ?? {}) as { statusCode?: number; body?: unknown };
  if (statusCode >= 300) throw new Error(`${modulePath} answered ${statusCode}: ${JSON.stringify(body)}`);
}

/** Starts a process that stays, so that it can be measured when it is warm. */
export async function openWorker({ node, modulePath, env }: Program): Promise<Worker> {
  const child = fork(`${programs}answer-many.cjs`, [modulePath], {
    execPath: node,
    execArgv: ['--expose-gc'],
    env: { ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await nextMessage(child, modulePath);
  return {
    run: async (events, concurrency) => {
      child.send({ events, concurrency });
      return (await nextMessage(child, modulePath)) as Batch;
    },
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

export async function nextMessage(child: ChildProcess, name: string): Promise<unknown> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`The process of ${name} ended with code ${String(code)}.`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as [
      unknown,
    ];
    return message;
  } finally {
    ended.abort();
    await exit.catch(() => undefined);
  }
}
