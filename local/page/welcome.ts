/** What the terminal shows once the local cloud runs: the table and the walkthrough. */
import { type CloudStatus, statusRows } from './status.ts';
import { walkthrough } from './walkthrough.ts';

export function welcome(status: CloudStatus, tookMs: number): string {
  const rows = statusRows(status);
  const width = Math.max(...rows.map(({ name }) => name.length)) + 3;
  const cards = status.testCards.map(({ number, meaning }) => `  ${number}   ${meaning}`);
  const steps = walkthrough(status).map(({ title, commands }) => `# ${title}\n${commands}`);
  return [
    '',
    `The local cloud runs (${(tookMs / 1000).toFixed(1)} s). Ctrl-C ends it.`,
    '',
    ...rows.map(({ name, value }) => `  ${name.padEnd(width)}${value}`),
    '',
    'Test cards',
    ...cards,
    '',
    'Walk through it, in another terminal (npm run tour does it all at once):',
    '',
    steps.join('\n\n'),
    '',
  ].join('\n');
}
