/** The environment of the installation that a command works on. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../adapters/system/environment.ts';

const LOCAL_FILE = path.join('.local', 'env');

/** Reads `file`, or the running local cloud's environment if the shell names no Stripe key. */
export async function loadEnvironment(file: string | undefined): Promise<Environment> {
  const local =
    process.env['STRIPE_API_KEY'] === undefined && existsSync(LOCAL_FILE) ? LOCAL_FILE : undefined;
  const chosen = file ?? local;
  // The AWS SDK reads its own settings from the process environment.
  if (chosen !== undefined) Object.assign(process.env, parseEnv(await readFile(chosen, 'utf8')));
  return process.env;
}
