/** Plays one part of a large run in a process of its own. */
import { play, type Range } from './play.ts';

process.once('message', (range: Range) => {
  void play(range, (played) => process.send?.({ kind: 'progress', played })).then((result) => {
    process.send?.({ kind: 'done', result }, () => process.disconnect());
  });
});
