import { describe, expect, it } from 'vitest';
import { causeLabel } from './sync-request.ts';

const labelOf = (reason: string) => causeLabel({ kind: 'grant', by: 'anna', reason, revokes: false });
const HEAD = 'grant by anna: ';

describe('The label of a grant in the history', () => {
  it.each([
    ['one space for any number of them', 'Won  the\n\tcontest', 'Won the contest'],
    ['no space at its end', 'Won the contest ', 'Won the contest'],
    [
      'the whole text if it is as long as a label',
      'r'.repeat(200 - HEAD.length),
      'r'.repeat(200 - HEAD.length),
    ],
    ['the begin of a longer text', 'r'.repeat(201 - HEAD.length), `${'r'.repeat(199 - HEAD.length)}…`],
  ])('has %s', (_, reason, expected) => {
    expect(labelOf(reason)).toBe(`${HEAD}${expected}`);
  });
});
