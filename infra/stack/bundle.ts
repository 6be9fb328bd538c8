/** Finds the bundles that the build wrote. The stack deploys them as they are. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** Returns the bundle in a folder such as `functions/checkout`. Only the bundle itself determines the asset's hash. */
export function bundled(folder: string): Code {
  const directory = path.join(dist, folder);
  if (!existsSync(path.join(directory, 'index.cjs'))) {
    throw new Error(`dist/${folder}/index.cjs is missing. Run npm run build.`);
  }
  return Code.fromAsset(directory, { exclude: ['*', '!index.cjs'] });
}
