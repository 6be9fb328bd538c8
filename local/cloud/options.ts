/** The options of a local cloud and their defaults. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FunctionSpec, functionSpecs } from '../../contract/functions.ts';
import { TRIGGER_TIMEOUT_MS } from '../cognito/post-confirmation.ts';
import type { TableNames } from '../dynamodb/tables.ts';
import type { PayloadForm } from '../gateway/form.ts';
import type { PortRequest } from '../http/listen.ts';
import { type AllowedOrigins, defaultAllowedOrigins } from '../http/origins.ts';
import type { FunctionLogLine } from '../lambda/invocation.ts';

export interface CloudPorts {
  readonly api: number;
  readonly dynamodb: number;
  readonly cognito: number;
  readonly stripe: number;
  readonly revenuecat: number;
}

export interface LocalCloudOptions {
  /** Port 0 selects any free port. */
  readonly ports?: Partial<CloudPorts>;
  /** Where the cloud keeps its state between runs. */
  readonly directory?: string;
  /** Keeps the state in a temporary directory, which is removed when the cloud closes. */
  readonly ephemeral?: boolean;
  /** Deletes the data of an earlier run first. */
  readonly startEmpty?: boolean;
  /** Called once if the cloud cannot go on, because its data cannot be written. The message is one line. */
  readonly onFailure?: (error: Error) => void;
  /** The kind of API Gateway that calls the functions. */
  readonly payload?: PayloadForm;
  /** The directory of the built functions: `NAME/index.cjs`. */
  readonly functionsDirectory?: string;
  /** The directory of the built console: `console.js`, `console.css` and `inspector/index.cjs`. */
  readonly consoleDirectory?: string;
  /** The functions and their routes. The default is the product's own; tests pass others. */
  readonly functions?: Readonly<Record<string, FunctionSpec>>;
  /** The origins of web pages that may call the API and Cognito. */
  readonly allowedOrigins?: AllowedOrigins;
  /** Names under which requests may reach the servers, beyond those of loopback. */
  readonly allowedHosts?: readonly string[];
  readonly tables?: TableNames;
  /** Adds to the default environment of the functions, and overrides it. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  readonly onFunctionLog?: (line: FunctionLogLine) => void;
  readonly confirmationCode?: string;
  /** Called with a short text when a stage of the start begins, such as `Starting DynamoDB, …`. */
  readonly onProgress?: (step: string) => void;
  /** Whether a queue is between the webhook of Stripe and its worker. */
  readonly queue?: boolean;
  /** How long Cognito waits for the trigger function to answer. */
  readonly triggerTimeoutMs?: number;
  /** How long Stripe and RevenueCat wait before each retry of a failed webhook. */
  readonly webhookRetryDelaysMs?: readonly number[];
}

export const defaultPorts: CloudPorts = {
  api: 3000,
  dynamodb: 8000,
  cognito: 9229,
  stripe: 12_111,
  revenuecat: 12_112,
};
/** Stripe itself retries for three days, and RevenueCat after 5 to 80 minutes. */
const webhookRetryDelaysMs: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000];
export const DEFAULT_DIRECTORY = '.local';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Settings extends Required<Omit<LocalCloudOptions, 'ports'>> {
  readonly requestedPorts: Readonly<Record<keyof CloudPorts, PortRequest>>;
}

export function settingsFrom(options: LocalCloudOptions): Settings {
  const ports = { ...defaultPorts, ...options.ports };
  return {
    requestedPorts: {
      api: { service: 'the API', port: ports.api, flag: '--api-port' },
      dynamodb: { service: 'DynamoDB', port: ports.dynamodb, flag: '--dynamodb-port' },
      cognito: { service: 'Cognito', port: ports.cognito, flag: '--cognito-port' },
      stripe: { service: 'Stripe', port: ports.stripe, flag: '--stripe-port' },
      revenuecat: { service: 'RevenueCat', port: ports.revenuecat, flag: '--revenuecat-port' },
    },
    directory: options.directory ?? DEFAULT_DIRECTORY,
    ephemeral: options.ephemeral ?? false,
    startEmpty: options.startEmpty ?? false,
    onFailure: onceOf(options.onFailure ?? (() => undefined)),
    payload: options.payload ?? 'http',
    functionsDirectory: options.functionsDirectory ?? path.join(root, 'dist', 'functions'),
    consoleDirectory: options.consoleDirectory ?? path.join(root, 'dist', 'console'),
    functions: functionsFor(options),
    queue: options.queue ?? false,
    allowedOrigins: options.allowedOrigins ?? defaultAllowedOrigins,
    allowedHosts: options.allowedHosts ?? [],
    tables: options.tables ?? { users: 'UserProfiles', entitlements: 'predixa_entitlements' },
    functionEnvironment: options.functionEnvironment ?? {},
    onFunctionLog: options.onFunctionLog ?? (() => undefined),
    confirmationCode: options.confirmationCode ?? '123456',
    onProgress: options.onProgress ?? (() => undefined),
    triggerTimeoutMs: options.triggerTimeoutMs ?? TRIGGER_TIMEOUT_MS,
    webhookRetryDelaysMs: options.webhookRetryDelaysMs ?? webhookRetryDelaysMs,
  };
}

function onceOf(call: (error: Error) => void): (error: Error) => void {
  let called = false;
  return (error) => {
    if (called) return;
    called = true;
    call(error);
  };
}

/** Nothing calls a function in front of the queue where there is none. */
function functionsFor({ functions = functionSpecs, queue }: LocalCloudOptions): Settings['functions'] {
  const all = Object.entries<FunctionSpec>(functions);
  return Object.fromEntries(all.filter(([, { inFrontOf }]) => queue === true || inFrontOf === undefined));
}
