/** Runs the Stripe CLI of `node_modules` against a simulator, without a login and without telemetry. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BINARY = join(import.meta.dirname, '../../node_modules/.bin/stripe');
const TIMEOUT_MS = 60_000;

export interface CliRun {
  readonly code: number;
  readonly output: string;
}

export interface StripeCli {
  run(...args: string[]): Promise<CliRun>;
  /** Deletes the settings that the CLI has written. */
  close(): void;
}

export function openStripeCli(): StripeCli {
  const home = mkdtempSync(join(tmpdir(), 'stripe-cli-'));
  const env = {
    PATH: `/usr/bin:/bin:${join(process.execPath, '..')}`,
    HOME: home,
    STRIPE_API_KEY: 'sk_test_triggers_000000000000000000',
    STRIPE_CLI_TELEMETRY_OPTOUT: '1',
    DO_NOT_TRACK: '1',
  };
  return {
    run: (...args) =>
      new Promise((resolve) => {
        execFile(BINARY, args, { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
          const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
          resolve({ code, output: stdout + stderr });
        });
      }),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}
