/** `npm start`: builds the functions, starts the local cloud, shows its addresses, and stops it on Ctrl-C. */
import { parseArgs } from 'node:util';
import { buildFunctions } from '../scripts/build.ts';
import { createLocalCloud, type LocalCloud } from './cloud/cloud.ts';
import { DirectoryInUseError } from './cloud/lock.ts';
import { DEFAULT_DIRECTORY, defaultPorts, type LocalCloudOptions } from './cloud/options.ts';
import { PortUnavailableError } from './http/listen.ts';
import type { FunctionLogLine } from './lambda/invocation.ts';
import { compactLine } from './page/log-line.ts';
import { welcome } from './page/welcome.ts';

const help = `npm start -- [options]

Starts the local cloud on 127.0.0.1 and keeps it running until Ctrl-C.

  --api-port PORT        API and page (${defaultPorts.api}); 0 = any free port, here and below
  --dynamodb-port PORT   DynamoDB (${defaultPorts.dynamodb})
  --cognito-port PORT    Cognito (${defaultPorts.cognito})
  --stripe-port PORT     Stripe (${defaultPorts.stripe})
  --payload http|rest    which kind of API Gateway calls the functions (http)
  --directory DIR        where everything is kept (${DEFAULT_DIRECTORY})
  --ephemeral            keep nothing: a temporary directory, removed at the end
  --no-build             run dist/functions as it is
  --help

The code that confirms sign-ups is 123456 unless the variable CODE names another.`;

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
      payload: { type: 'string', default: 'http' },
      directory: { type: 'string', default: DEFAULT_DIRECTORY },
      ephemeral: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.payload !== 'http' && values.payload !== 'rest') {
    throw new UsageError(`--payload is http or rest, not ${values.payload}`);
  }
  const port = (name: 'api' | 'dynamodb' | 'cognito' | 'stripe'): number =>
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
      },
      payload: values.payload,
      directory: values.directory,
      ephemeral: values.ephemeral,
      onFunctionLog: showLine,
      ...(code === undefined || code === '' ? {} : { confirmationCode: code }),
    },
  };
}

function portOf(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${flag} is a number from 0 to 65535, not ${text}`);
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
  // Every SDK client prints this warning, and a user of the local cloud cannot act on it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  if (options.build) await buildFunctions();
  const cloud = await createLocalCloud(options.cloud);
  endOnSignal(cloud);
  endWithNpm(cloud);
  console.log(welcome(cloud.status, performance.now() - startedAt));
}

/**
 * Closes the cloud on SIGINT and SIGTERM. A second signal does not speed this up: the child processes get a few
 * seconds to exit, and are then killed.
 */
function endOnSignal(cloud: LocalCloud): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      end(cloud);
    });
  }
}

const NPM_CHECK_MS = 500;

/**
 * Closes the cloud when npm exits. npm passes SIGTERM only to its shell and cannot pass on SIGKILL, so without this
 * check the servers would keep their ports.
 */
function endWithNpm(cloud: LocalCloud): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    end(cloud);
  }, NPM_CHECK_MS);
  check.unref();
}

function end(cloud: LocalCloud): void {
  cloud.close().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

/** Returns whether the user caused the error and can fix it. Such an error is printed as one line, without a stack. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return (
    fromParseArgs ||
    error instanceof UsageError ||
    error instanceof PortUnavailableError ||
    error instanceof DirectoryInUseError
  );
}

main().catch((error: unknown) => {
  console.error(isExpected(error) ? error.message : error);
  process.exitCode = 1;
});
