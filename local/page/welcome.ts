/** Renders what `npm start` prints once the local cloud is ready: the addresses and the walkthrough. */
import { type CloudStatus, statusRows } from './status.ts';
import { walkthrough } from './walkthrough.ts';

export function welcome(status: CloudStatus, tookMs: number): string {
  const rows = statusRows(status);
  const width = Math.max(...rows.map(({ name }) => name.length)) + 3;
  const cards = status.testCards.map(({ number, meaning }) => `  ${number}   ${meaning}`);
  const steps = walkthrough(status).map(({ title, commands }) => `# ${title}\n${commands}`);
  return [
    '',
    `The local cloud is ready (${(tookMs / 1000).toFixed(1)} s). Press Ctrl-C to stop it.`,
    '',
    ...rows.map(({ name, value }) => `  ${name.padEnd(width)}${value}`),
    '',
    'Test cards',
    ...cards,
    '',
    'Try it in another terminal (npm run tour runs all of it):',
    '',
    steps.join('\n\n'),
    '',
  ].join('\n');
}
