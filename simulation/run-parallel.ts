/** Divides a run among processes, one per core. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mergeResults, type RangeResult, type SeedRange } from './run-range.ts';

type Message =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'done'; readonly result: RangeResult };

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

export async function runParallel(
  run: SeedRange & { readonly workers: number },
  progress: (done: number) => void,
): Promise<RangeResult> {
  const done = Array.from({ length: run.workers }, () => 0);
  const parts = done.map((_, index) => {
    const from = Math.floor((run.histories * index) / run.workers);
    const to = Math.floor((run.histories * (index + 1)) / run.workers);
    const range = { firstSeed: run.firstSeed + from, histories: to - from };
    return runWorker(range, (count) => {
      done[index] = count;
      progress(done.reduce((sum, count) => sum + count, 0));
    });
  });
  return mergeResults(await Promise.all(parts));
}

function runWorker(range: SeedRange, progress: (done: number) => void): Promise<RangeResult> {
  return new Promise((resolve, reject) => {
    // The child inherits the TypeScript loader from this process's arguments.
    const child = fork(worker);
    child.on('message', (message: Message) => {
      if (message.kind === 'progress') progress(message.done);
      else resolve(message.result);
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Error(`A worker process exited early with code ${code}; its error is printed above.`)),
    );
    child.send(range);
  });
}
