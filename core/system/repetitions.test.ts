import { describe, expect, it } from 'vitest';
import { createRepetitions, type Repetitions } from './repetitions.ts';

/** Takes until none is left, and returns how many there were. */
function takeAll(repetitions: Repetitions): number {
  let taken = 0;
  while (repetitions.take()) taken += 1;
  return taken;
}

describe('The repetitions of an invocation', () => {
  it('are ten, however many requests share them', () => {
    const repetitions = createRepetitions();
    expect(takeAll(repetitions)).toBe(10);
    expect(repetitions.take()).toBe(false);
  });

  it('become one more for every ten requests that need none, up to ten', () => {
    const repetitions = createRepetitions();
    takeAll(repetitions);
    for (let requests = 0; requests < 21; requests += 1) repetitions.add();
    expect(takeAll(repetitions)).toBe(2);
    for (let requests = 0; requests < 1_000; requests += 1) repetitions.add();
    expect(takeAll(repetitions)).toBe(10);
  });
});
