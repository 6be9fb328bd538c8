/** Runs one range of seeds of a large run in its own process. */
import { runRange, type SeedRange } from './run-range.ts';

process.once('message', (range: SeedRange) => {
  void runRange(range, (done) => process.send?.({ kind: 'progress', done })).then((result) => {
    process.send?.({ kind: 'done', result }, () => process.disconnect());
  });
});
