/** Divides a run among processes, one a core. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mergeResults, type RangeResult, type SeedRange } from './run-range.ts';

type Message =
  | { readonly kind: 'progress'; readonly played: number }
  | { readonly kind: 'done'; readonly result: RangeResult };

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

export async function runParallel(
  run: SeedRange & { readonly workers: number },
  progress: (played: number) => void,
): Promise<RangeResult> {
  const played = Array.from({ length: run.workers }, () => 0);
  const parts = played.map((_, index) => {
    const from = Math.floor((run.histories * index) / run.workers);
    const to = Math.floor((run.histories * (index + 1)) / run.workers);
    const range = { firstSeed: run.firstSeed + from, histories: to - from };
    return runWorker(range, (count) => {
      played[index] = count;
      progress(played.reduce((sum, one) => sum + one, 0));
    });
  });
  return mergeResults(await Promise.all(parts));
}

function runWorker(range: SeedRange, progress: (played: number) => void): Promise<RangeResult> {
  return new Promise((resolve, reject) => {
    // The loader that runs TypeScript here is handed on with the process's own arguments.
    const child = fork(worker);
    child.on('message', (message: Message) => {
      if (message.kind === 'progress') progress(message.played);
      else resolve(message.result);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`A worker ended early, with code ${code}.`)));
    child.send(range);
  });
}
