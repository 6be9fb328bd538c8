/** Which installation a command works on. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../adapters/system/environment.ts';

const LOCAL_FILE = path.join('.local', 'env');

/** What the shell says stands; a running local cloud serves where it says nothing. */
export async function environmentOf(file: string | undefined): Promise<Environment> {
  const local =
    process.env['STRIPE_API_KEY'] === undefined && existsSync(LOCAL_FILE) ? LOCAL_FILE : undefined;
  const chosen = file ?? local;
  // The AWS SDK reads its own part of it from the process.
  if (chosen !== undefined) Object.assign(process.env, parseEnv(await readFile(chosen, 'utf8')));
  return process.env;
}
