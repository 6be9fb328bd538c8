/** Prints the ten slowest tests at the end of a run. */
import path from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const SHOWN = 10;

class SlowestTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const timed = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => ({ test, durationMs: test.diagnostic()?.duration ?? 0 }))
      .sort((a, b) => b.durationMs - a.durationMs)
      .slice(0, SHOWN);
    // A run of a few tests needs no list.
    if (timed.length < SHOWN) return;
    console.log('Slowest tests');
    for (const { test, durationMs } of timed) console.log(lineOf(test, durationMs));
  }
}

function lineOf(test: TestCase, durationMs: number): string {
  const seconds = (durationMs / 1000).toFixed(1).padStart(6);
  return `${seconds} s  ${path.relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`;
}

// oxlint-disable-next-line import/no-default-export -- Vitest loads a reporter by its default export.
export default SlowestTests;
