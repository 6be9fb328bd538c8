/** Prints the progress and results of a run. */
import { type Failure, findFailure, isViolationOf } from './find-failure.ts';
import { mutants } from './mutants.ts';
import { missingCoverage, type RangeResult } from './run-range.ts';
import type { Shrunk } from './shrink.ts';

const BAR_WIDTH = 30;

/** Returns a progress bar: redrawn in place on a terminal, and a line per tenth of the run elsewhere. */
export function progressBar(total: number, startedMs: number): (done: number) => void {
  const terminal = process.stderr.isTTY;
  let tenth = 0;
  return (done) => {
    const share = done / total;
    const seconds = (Date.now() - startedMs) / 1000;
    const left = Math.round((seconds / Math.max(done, 1)) * (total - done));
    const bar = '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
    const line = `${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${done} of ${total}, ${left} s left`;
    if (terminal) process.stderr.write(`\r${line}\x1b[K`);
    else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      process.stderr.write(`${line}\n`);
    }
    if (terminal && done >= total) process.stderr.write('\n');
  };
}

/** Prints the counts. Returns whether the run passed: no invariant was violated and the coverage is complete. */
export function printRun(result: RangeResult, seconds: number): boolean {
  console.log(`\n${result.histories} histories, ${result.moments} moments, in ${seconds.toFixed(0)} s\n`);
  for (const [name, count] of result.counts) console.log(`  ${name.padEnd(36)}${String(count).padStart(12)}`);
  const missing = missingCoverage(result);
  if (missing.length > 0)
    console.log(
      `\nHappened less than once in a thousand histories, which shows little: ${missing.join(', ')}.`,
    );
  const failures = result.failed.length;
  const summary =
    failures === 0 ? 'No invariant was violated.' : `Histories that violate an invariant: ${failures}.`;
  console.log(`\n${summary}`);
  return missing.length === 0 && failures === 0;
}

export function printHistory(seed: number, shrunk: Shrunk): void {
  console.log(`\nSeed ${seed}, shrunk to the shortest history that fails:\n`);
  console.log(JSON.stringify(shrunk.history, undefined, 2));
  console.log(`\n${shrunk.trace.join('\n')}\n`);
  for (const violation of shrunk.violations) console.log(`VIOLATED  ${violation}`);
  console.log(`\nReplay: npm run simulate -- --seed ${seed}`);
}

/** Runs histories against each mutant and prints a line for it. Returns whether every mutant was caught. */
export async function checkMutants(firstSeed: number, maxHistories: number): Promise<boolean> {
  console.log(`${'mutant'.padEnd(66)}${'violates'.padEnd(10)}histories until caught`);
  let caught = true;
  for (const { name, violates, mutate, focus } of mutants) {
    const failure: Failure | undefined = await findFailure({
      firstSeed,
      maxHistories,
      mutation: mutate,
      ...(focus === undefined ? {} : { focus }),
      isRelevant: isViolationOf(violates),
    });
    caught &&= failure !== undefined;
    const result = failure === undefined ? `NOT CAUGHT in ${maxHistories}` : String(failure.historyCount);
    console.log(`${name.padEnd(66)}${violates.join(', ').padEnd(10)}${result}`);
  }
  return caught;
}
