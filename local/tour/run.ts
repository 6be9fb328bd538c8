/** `npm run tour`: takes the tour on the local cloud that runs, or on one of its own. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunctions } from '../../scripts/build.ts';
import { createLocalCloud } from '../cloud/cloud.ts';
import { type Environment, readEnvironmentFile } from '../cloud/environment.ts';
import { DEFAULT_DIRECTORY } from '../cloud/options.ts';
import { TourFailure, textReport } from './report.ts';
import { takeTour } from './tour.ts';

const HELP = `npm run tour -- [--own] [--directory DIR]

Takes users through the product, on the local cloud that runs (npm start), or on one of its own.

  --own             on a local cloud of its own, even if one runs
  --directory DIR   where the running local cloud keeps its data (default ${DEFAULT_DIRECTORY})
`;

async function main(): Promise<void> {
  // The SDK's own word on Node versions is not this tour's.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { values } = parseArgs({
    options: {
      own: { type: 'boolean', default: false },
      directory: { type: 'string', default: DEFAULT_DIRECTORY },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const running = values.own ? undefined : await runningCloud(values.directory);
  if (running !== undefined) {
    console.log(`On the local cloud at ${running.environment['LOCAL_API_URL']}.`);
    return tour(running);
  }
  console.log('No local cloud runs here: the tour brings its own.');
  await buildFunctions();
  const cloud = await createLocalCloud({
    ephemeral: true,
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0 },
  });
  try {
    await tour({ environment: cloud.env, confirmationCode: cloud.status.confirmationCode });
  } finally {
    await cloud.close();
  }
}

interface RunningCloud {
  readonly environment: Environment;
  readonly confirmationCode: string;
}

async function runningCloud(directory: string): Promise<RunningCloud | undefined> {
  const environment = await readEnvironmentFile(path.join(directory, 'env'));
  const url = environment?.['LOCAL_API_URL'];
  if (environment === undefined || url === undefined) return undefined;
  // A file left behind by a cloud that was killed leads nowhere.
  const response = await fetch(`${url}/_local/status`).catch(() => undefined);
  if (!response?.ok) return undefined;
  const { confirmationCode } = (await response.json()) as { confirmationCode: string };
  return { environment, confirmationCode };
}

async function tour(cloud: RunningCloud): Promise<void> {
  await takeTour({ ...cloud, report: textReport((line) => console.log(line)) });
  console.log('\nThe tour is complete: all three systems agree at every step, and nothing is left.');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TourFailure)) throw error;
  console.error(`\nThe tour ends here: ${error.message}`);
  process.exitCode = 1;
}
