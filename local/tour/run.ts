/** `npm run tour`: runs the tour on a running local cloud, or on one that it starts itself. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunctions } from '../../scripts/build.ts';
import { createLocalCloud } from '../cloud/cloud.ts';
import { type Environment, readEnvironmentFile } from '../cloud/environment.ts';
import { DEFAULT_DIRECTORY } from '../cloud/options.ts';
import { TourFailure, textReport } from './report.ts';
import { takeTour } from './tour.ts';

const HELP = `npm run tour -- [--own] [--directory DIR]

Takes users through the product and checks every system at each step. Uses the local cloud that is running (npm start),
or starts one of its own.

  --own             starts a local cloud even if one is running
  --directory DIR   data directory of the running local cloud (default ${DEFAULT_DIRECTORY})
`;

async function main(): Promise<void> {
  // The SDK's warning about Node versions does not concern the tour.
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
    console.log(`Using the local cloud at ${running.environment['LOCAL_API_URL']}.`);
    return tour(running);
  }
  console.log(values.own ? 'Starting a local cloud.' : 'No local cloud is running here. Starting one.');
  await buildFunctions();
  const cloud = await createLocalCloud({
    ephemeral: true,
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
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

/** Returns the running local cloud of the directory, or undefined. */
async function runningCloud(directory: string): Promise<RunningCloud | undefined> {
  const environment = await readEnvironmentFile(path.join(directory, 'env'));
  const url = environment?.['LOCAL_API_URL'];
  if (environment === undefined || url === undefined) return undefined;
  // A cloud that was killed leaves its file behind, with an address that does not answer.
  const response = await fetch(`${url}/_local/status`).catch(() => undefined);
  if (!response?.ok) return undefined;
  const { confirmationCode } = (await response.json()) as { confirmationCode: string };
  return { environment, confirmationCode };
}

async function tour(cloud: RunningCloud): Promise<void> {
  await takeTour({ ...cloud, report: textReport((line) => console.log(line)) });
  console.log(
    '\nThe tour is complete. All three systems agreed at every step, and no data of its users is left.',
  );
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TourFailure)) throw error;
  console.error(`\nThe tour failed: ${error.message}`);
  process.exitCode = 1;
}
