/** Where the build has put a bundle; a stack is made of what is there. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** `functions/checkout`. Of the folder only the bundle, so that the asset changes with it and with nothing else. */
export function bundled(folder: string): Code {
  const directory = path.join(dist, folder);
  if (!existsSync(path.join(directory, 'index.cjs'))) {
    throw new Error(`dist/${folder}/index.cjs is missing: npm run build`);
  }
  return Code.fromAsset(directory, { exclude: ['*', '!index.cjs'] });
}
