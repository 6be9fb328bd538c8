/** What a run tells on the terminal. */

import { type Failure, findFailure, isViolationOf } from './find-failure.ts';
import { mutants } from './mutants.ts';
import { missingCoverage, type RangeResult } from './run-range.ts';
import type { Shrunk } from './shrink.ts';

const BAR_WIDTH = 30;

/** A bar that is drawn over itself on a terminal, and a line each tenth elsewhere. */
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

/** Whether the run may count as a proof: nothing broken, and everything met. */
export function printRun(played: RangeResult, seconds: number): boolean {
  console.log(`\n${played.histories} histories, ${played.moments} moments, in ${seconds.toFixed(0)} s\n`);
  for (const [name, count] of played.counts) console.log(`  ${name.padEnd(36)}${String(count).padStart(12)}`);
  const missing = missingCoverage(played);
  if (missing.length > 0) console.log(`\nNever met, so nothing is proven of it: ${missing.join(', ')}`);
  const broken = played.failed.length;
  console.log(broken === 0 ? '\nNo promise was broken.' : `\n${broken} histories broke a promise.`);
  return missing.length === 0 && broken === 0;
}

export function printHistory(seed: number, shrunk: Shrunk): void {
  console.log(`\nSeed ${seed}, made as short as it goes:\n`);
  console.log(JSON.stringify(shrunk.history, undefined, 2));
  console.log(`\n${shrunk.trace.join('\n')}\n`);
  for (const violation of shrunk.violations) console.log(`BROKEN  ${violation}`);
  console.log(`\nReplay: npm run simulate -- --seed ${seed}`);
}

/** Whether every mutant was caught. */
export async function checkMutants(firstSeed: number, atMost: number): Promise<boolean> {
  console.log(`${'mutant'.padEnd(62)}${'breaks'.padEnd(9)}histories`);
  let caught = true;
  for (const { name, breaks, mutate } of mutants) {
    const find: Failure | undefined = await findFailure({
      firstSeed,
      maxHistories: atMost,
      mutation: mutate,
      isRelevant: isViolationOf(breaks),
    });
    caught &&= find !== undefined;
    const found = find === undefined ? `NOT CAUGHT in ${atMost}` : String(find.played);
    console.log(`${name.padEnd(62)}${breaks.join(', ').padEnd(9)}${found}`);
  }
  return caught;
}
