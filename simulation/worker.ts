/** Plays one part of a large run in a process of its own. */
import { runRange, type SeedRange } from './run-range.ts';

process.once('message', (range: SeedRange) => {
  void runRange(range, (played) => process.send?.({ kind: 'progress', played })).then((result) => {
    process.send?.({ kind: 'done', result }, () => process.disconnect());
  });
});
