/** Compares the examples with the README. `package.long.test.ts` runs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const here = import.meta.dirname;

test.each(['vitest', 'jest', 'node'])('The README shows the example for %s as it is run', (runner) => {
  const example = readFileSync(join(here, 'examples', `${runner}.test.mjs`), 'utf8');
  expect(readFileSync(join(here, 'README.md'), 'utf8')).toContain(`\`\`\`js\n${example}\`\`\``);
});
