/** Measures the first answer of a new process over TLS, each right after a raw process that makes one call. */
import { answerOnce, type FirstAnswer } from './processes.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';
import { eventsOf, type Subject } from './subjects.ts';

export interface ColdFigures {
  readonly name: string;
  /** From the start of the process to the answer, against the raw process. */
  readonly ratio: Spread;
  /** The CPU until then, which a busy machine changes less. */
  readonly cpuRatio: Spread;
  readonly startToAnswerMs: Spread;
  readonly importMs: Spread;
  readonly cpuMs: Spread;
  readonly memoryMb: Spread;
}

export interface ColdOptions {
  readonly rounds: number;
  readonly node: string;
  /** Added to the environment of each process: the endpoints, and the certificate to trust. */
  readonly env: Readonly<Record<string, string>>;
  readonly raw: Subject;
}

export async function measureCold(
  subjects: readonly Subject[],
  options: ColdOptions,
): Promise<readonly ColdFigures[]> {
  const base: FirstAnswer[][] = subjects.map(() => []);
  const runs: FirstAnswer[][] = subjects.map(() => []);
  // A round goes through all of them, so that a slow minute is shared by all.
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      base[index]?.push(await first(options.raw, options));
      runs[index]?.push(await first(subject, options));
    }
  }
  return subjects.map(({ name }, index) => figuresOf(name, runs[index] ?? [], base[index] ?? []));
}

function first(subject: Subject, { node, env }: ColdOptions): Promise<FirstAnswer> {
  const [event = '{}'] = eventsOf(subject, 1);
  return answerOnce({ node, modulePath: subject.modulePath, env }, event);
}

function figuresOf(name: string, runs: readonly FirstAnswer[], base: readonly FirstAnswer[]): ColdFigures {
  const startToAnswer = runs.map((run) => run.startToAnswerMs);
  return {
    name,
    ratio: ratiosOf(
      startToAnswer,
      base.map((run) => run.startToAnswerMs),
    ),
    cpuRatio: ratiosOf(
      runs.map((run) => run.cpuMs),
      base.map((run) => run.cpuMs),
    ),
    startToAnswerMs: spreadOf(startToAnswer),
    importMs: spreadOf(runs.map((run) => run.importMs)),
    cpuMs: spreadOf(runs.map((run) => run.cpuMs)),
    memoryMb: spreadOf(runs.map((run) => run.memoryMb)),
  };
}
