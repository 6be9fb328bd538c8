/**
 * `npm run invoke -- FUNCTION [event.json] [--yes]`: runs one built function in this process, as Lambda's test button
 * does.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FunctionName, functionNames, functionSpecs } from '../contract/functions.ts';
import { buildFunctions } from '../scripts/build.ts';
import { readEnvironmentFile } from './cloud/environment.ts';
import { DEFAULT_DIRECTORY } from './cloud/options.ts';
import { isJsonObject, parseJsonObject } from './http/body.ts';
import { deletionTarget } from './lambda/deletion-event.ts';
import { eventContext } from './lambda/event-context.ts';
import { withFreshSignature, withSharedHeader } from './lambda/webhook-signature.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `npm run invoke -- FUNCTION [event.json] [--yes]

FUNCTION is one of: ${functionNames.join(', ')}
Without a file, the event is functions/FUNCTION/event.json.
--yes lets delete-user run without a confirmation.`;

/** An error that the caller can fix. It is shown without a stack. */
class InvokeError extends Error {}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { yes: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const name = functionNameOf(positionals[0]);
  await loadEnvironment();
  const event = await readEvent(name, positionals[1]);
  if (name === 'delete-user' && !values.yes) await askBeforeDeleting(event);
  const handler = await loadHandler(name);
  const result = await handler(event, eventContext(name, functionSpecs[name].timeoutSeconds));
  console.log(JSON.stringify(result, undefined, 2));
  return isJsonObject(result) && Number(result['statusCode']) >= 400 ? 1 : 0;
}

function functionNameOf(text: string | undefined): FunctionName {
  const name = functionNames.find((candidate) => candidate === text);
  if (name === undefined)
    throw new InvokeError(text === undefined ? usage : `Unknown function ${text}\n\n${usage}`);
  return name;
}

/** Loads the environment of a running local cloud, unless the caller's environment already names a target. */
async function loadEnvironment(): Promise<void> {
  const targetVariables = ['USERS_TABLE', 'STRIPE_API_KEY', 'AWS_ENDPOINT_URL_DYNAMODB'];
  if (targetVariables.some((name) => process.env[name] !== undefined)) return;
  const file = path.join(DEFAULT_DIRECTORY, 'env');
  const environment = await readEnvironmentFile(file);
  if (environment === undefined) return;
  for (const [name, value] of Object.entries(environment)) process.env[name] = value;
  console.error(`Using the local cloud with the environment in ${file}.`);
}

async function readEvent(name: FunctionName, file: string | undefined): Promise<unknown> {
  const source = file ?? path.join(root, 'functions', name, 'event.json');
  const text = await readFile(source, 'utf8').catch((error: unknown) => {
    throw new InvokeError(`The event file ${source} cannot be read: ${messageOf(error)}`);
  });
  const event = parseJsonObject(text);
  if (event === undefined) throw new InvokeError(`The event file ${source} is not a JSON object.`);
  switch (name) {
    case 'stripe-webhook':
    case 'stripe-webhook-intake':
      return withFreshSignature(event, process.env['STRIPE_WEBHOOK_SECRET']);
    case 'revenuecat-webhook':
      return withSharedHeader(event, process.env['REVENUECAT_WEBHOOK_SECRET']);
    default:
      return event;
  }
}

async function askBeforeDeleting(event: unknown): Promise<void> {
  const { user, location } = deletionTarget(event, process.env);
  const question = `This permanently deletes ${user} in ${location}.`;
  if (!process.stdin.isTTY)
    throw new InvokeError(
      `${question} There is no terminal for a confirmation: run the command again with --yes.`,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes to continue: `);
  terminal.close();
  if (answer.trim() !== 'yes') throw new InvokeError('Nothing was deleted.');
}

type Handler = (event: unknown, context: unknown) => unknown;

async function loadHandler(name: FunctionName): Promise<Handler> {
  const bundle = path.join(root, 'dist', 'functions', name, 'index.cjs');
  if (!existsSync(bundle)) await buildFunctions();
  const { handler } = createRequire(import.meta.url)(bundle) as { readonly handler: Handler };
  return handler;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main()
  .then((exitCode) => {
    process.exitCode = exitCode;
  })
  .catch((error: unknown) => {
    const fromParseArgs =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    console.error(error instanceof InvokeError || fromParseArgs ? messageOf(error) : error);
    process.exitCode = 1;
  });
