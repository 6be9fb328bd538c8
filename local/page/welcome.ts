/** Renders what `npm start` prints once the local cloud is ready: where the console is, and the addresses. */
import { type CloudStatus, statusRows } from './status.ts';

export function welcome(status: CloudStatus, tookMs: number): string {
  const rows = statusRows(status);
  const width = Math.max(...rows.map(({ name }) => name.length)) + 3;
  return [
    '',
    `The local cloud is ready (${(tookMs / 1000).toFixed(1)} s). Press Ctrl-C to stop it.`,
    '',
    `  Open the console: ${status.urls.api}`,
    '',
    ...rows.map(({ name, value }) => `  ${name.padEnd(width)}${value}`),
    '',
    'The console shows every step with its commands. npm run tour runs them all in another terminal.',
    '',
  ].join('\n');
}
