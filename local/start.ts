/** `npm start`: builds the functions, starts the local cloud, prints its addresses, and stops at Ctrl-C. */
import { parseArgs } from 'node:util';
import type { LocalCloud } from './cloud/cloud.ts';
import { deferred } from './cloud/deferred.ts';
import { CloudFailure } from './cloud/failure.ts';
import { DirectoryInUseError } from './cloud/lock.ts';
import { type CloudPorts, DEFAULT_DIRECTORY, defaultPorts, type LocalCloudOptions } from './cloud/options.ts';
import { PortUnavailableError } from './http/listen.ts';
import { defaultAllowedOrigins } from './http/origins.ts';
import type { FunctionLogLine } from './lambda/invocation.ts';
import { compactLine } from './page/log-line.ts';
import { welcome } from './page/welcome.ts';

const help = `npm start -- [options]

Starts the local cloud on 127.0.0.1 and keeps it running until Ctrl-C.

  --api-port PORT        port of the API and the console (${defaultPorts.api}); 0 picks any free port, here and below
  --dynamodb-port PORT   port of DynamoDB (${defaultPorts.dynamodb})
  --cognito-port PORT    port of Cognito (${defaultPorts.cognito})
  --stripe-port PORT     port of Stripe (${defaultPorts.stripe})
  --revenuecat-port PORT port of RevenueCat (${defaultPorts.revenuecat})
  --allow-origin ORIGIN  lets pages of this origin call the API and Cognito, as those of localhost may; repeatable
  --allow-host NAME      answers requests under this name of the machine, besides localhost; repeatable
  --payload http|rest    kind of API Gateway that calls the functions (http)
  --queue                puts a queue between the webhook of Stripe and its worker
  --directory DIR        folder for all data (${DEFAULT_DIRECTORY})
  --reset                deletes all data of earlier runs first; secrets and logs stay
  --ephemeral            keeps no data: uses a temporary folder and deletes it at the end
  --no-build             runs dist/functions without checking whether it matches the sources
  --help                 prints this text

Sign-ups are confirmed with the code 123456, or with the code in the environment variable CODE.`;

class UsageError extends Error {}

interface StartOptions {
  readonly cloud: LocalCloudOptions;
  readonly build: boolean;
}

function readOptions(args: readonly string[]): StartOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'api-port': { type: 'string' },
      'dynamodb-port': { type: 'string' },
      'cognito-port': { type: 'string' },
      'stripe-port': { type: 'string' },
      'revenuecat-port': { type: 'string' },
      'allow-origin': { type: 'string', multiple: true, default: [] },
      'allow-host': { type: 'string', multiple: true, default: [] },
      payload: { type: 'string', default: 'http' },
      queue: { type: 'boolean', default: false },
      directory: { type: 'string' },
      reset: { type: 'boolean', default: false },
      ephemeral: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.payload !== 'http' && values.payload !== 'rest') {
    throw new UsageError(`--payload must be http or rest, not ${values.payload}.`);
  }
  if (values.ephemeral && values.directory !== undefined) {
    throw new UsageError(
      '--ephemeral keeps no data, so it cannot be combined with --directory. Choose one of them.',
    );
  }
  const port = (name: keyof CloudPorts): number =>
    portOf(`--${name}-port`, values[`${name}-port`], defaultPorts[name]);
  const code = process.env['CODE'];
  return {
    build: !values['no-build'],
    cloud: {
      ports: {
        api: port('api'),
        dynamodb: port('dynamodb'),
        cognito: port('cognito'),
        stripe: port('stripe'),
        revenuecat: port('revenuecat'),
      },
      payload: values.payload,
      queue: values.queue,
      allowedOrigins: [...defaultAllowedOrigins, ...values['allow-origin'].map(originOf)],
      allowedHosts: values['allow-host'],
      directory: values.directory ?? DEFAULT_DIRECTORY,
      ephemeral: values.ephemeral,
      startEmpty: values.reset,
      onFunctionLog: showLine,
      ...(code === undefined || code === '' ? {} : { confirmationCode: code }),
    },
  };
}

function portOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${flag} must be a number from 0 to 65535, not ${text}.`);
}

function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin === text) return origin;
  throw new UsageError(`--allow-origin must be an origin such as https://app.example.com, not ${text}.`);
}

function showStep(step: string): void {
  console.log(`  ${step}`);
}

function showLine(line: FunctionLogLine): void {
  console.log(compactLine(line));
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  console.log('Starting the local cloud …');
  // The SDK prints this warning for every client, and a user of the local cloud cannot act on it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // These modules take most of the time until the first server runs: they load after the first line is printed.
  const [{ buildFunctions }, { buildConsole }, { createLocalCloud }] = await Promise.all([
    import('../scripts/build.ts'),
    import('../scripts/console.ts'),
    import('./cloud/cloud.ts'),
  ]);
  if (options.build) {
    const built = await buildFunctions({
      onBuild: (names) => showStep(`Building functions: ${names.join(', ')}`),
    });
    if (built.length === 0) showStep('Functions are up to date');
    if (await buildConsole()) showStep('Built the console');
  }
  const failed = deferred<Error>();
  const cloud = await createLocalCloud({
    ...options.cloud,
    onProgress: showStep,
    onFailure: (error) => failed.resolve(error),
  });
  void failed.promise.then((error) => {
    console.error(error.message);
    process.exitCode = 1;
    stop(cloud);
  });
  stopOnSignal(cloud);
  stopWithNpm(cloud);
  console.log(welcome(cloud.status, performance.now() - startedAt));
}

/** A second signal changes nothing: the child processes get a few seconds to stop before they are killed. */
function stopOnSignal(cloud: LocalCloud): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop(cloud);
    });
  }
}

const NPM_CHECK_MS = 500;

/**
 * npm forwards SIGTERM only to its shell, and SIGKILL to no one: without this check the servers would keep their ports.
 */
function stopWithNpm(cloud: LocalCloud): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    stop(cloud);
  }, NPM_CHECK_MS);
  check.unref();
}

function stop(cloud: LocalCloud): void {
  cloud.close().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

/** Mistakes that the person at the terminal can fix are printed as one line, without a stack. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return (
    fromParseArgs ||
    error instanceof UsageError ||
    error instanceof CloudFailure ||
    error instanceof PortUnavailableError ||
    error instanceof DirectoryInUseError
  );
}

main().catch((error: unknown) => {
  console.error(isExpected(error) ? error.message : error);
  process.exitCode = 1;
});
