/** A test cloud: a gateway, Lambda and Cognito in front of small functions written to a temporary directory. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { FunctionSpec } from '../../contract/functions.ts';
import { type ApiParts, apiAccess, apiListener } from '../../local/cloud/api-server.ts';
import { deferred } from '../../local/cloud/deferred.ts';
import { createDisposables } from '../../local/cloud/disposables.ts';
import { type LocalCognito, openCognito } from '../../local/cognito/open.ts';
import { CLIENT_ID } from '../../local/cognito/pool.ts';
import { createAuthorizer } from '../../local/gateway/authorizer.ts';
import type { PayloadForm } from '../../local/gateway/form.ts';
import { createGateway } from '../../local/gateway/gateway.ts';
import { pagesOf } from '../../local/http/guard.ts';
import { openServer } from '../../local/http/listen.ts';
import type { FunctionLogLine } from '../../local/lambda/invocation.ts';
import { type LambdaRuntime, startLambda } from '../../local/lambda/runtime.ts';
import { statusOf } from '../../local/page/status.ts';

export const code = '123456';
export const password = 'Correct-horse-1';
const allowedOrigins = ['https://app.example.com', 'http://localhost:*'];

export interface TestFunction extends FunctionSpec {
  /** The body of `async (event, context) => { … }`. */
  readonly body: string;
}

export interface TestCloudOptions {
  readonly functions: Readonly<Record<string, TestFunction>>;
  readonly form?: PayloadForm;
  readonly env?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  readonly triggerTimeoutMs?: number;
  readonly gatewayTimeoutMs?: number;
}

export interface TestCloud {
  readonly api: string;
  readonly cognito: LocalCognito;
  readonly client: CognitoIdentityProviderClient;
  readonly lambda: LambdaRuntime;
  readonly lines: readonly FunctionLogLine[];
  readonly directory: string;
  replaceFunction(name: string, body: string): Promise<void>;
  signUp(email: string): Promise<string>;
  confirm(email: string): Promise<void>;
  signIn(email: string): Promise<{ readonly idToken: string; readonly accessToken: string }>;
  close(): Promise<void>;
}

/** Returns the event, as Cognito requires. */
export const quietTrigger: TestFunction = { timeoutSeconds: 5, body: 'return event;' };

export async function startTestCloud(options: TestCloudOptions): Promise<TestCloud> {
  const disposables = createDisposables();
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  disposables.keep({ close: () => rm(directory, { recursive: true, force: true }) });
  const functionsDirectory = path.join(directory, 'functions');
  const bodies = Object.entries(options.functions).map(([name, { body }]) => [name, body] as const);
  await writeFunctions(functionsDirectory, Object.fromEntries(bodies));
  const parts = deferred<ApiParts>();
  const pages = { allowedOrigins, allowedHosts: [] };
  const port = { service: 'a test', port: 0, flag: '--port' };
  const api = disposables.keep(
    await openServer(
      port,
      apiListener(() => parts.promise),
      apiAccess(pages),
    ),
  );
  const cognito = disposables.keep(
    await openCognito({
      port,
      access: pagesOf(allowedOrigins, []),
      directory: path.join(directory, 'cognito'),
      confirmationCode: code,
      trigger: {
        lambdaUrl: api.url,
        functionName: 'post-confirmation',
        timeoutMs: options.triggerTimeoutMs ?? 5_000,
      },
    }),
  );
  const lines: FunctionLogLine[] = [];
  const lambda = disposables.keep(
    await startLambda({
      functionsDirectory,
      functions: options.functions,
      env: options.env ?? {},
      logsDirectory: path.join(directory, 'logs'),
      onLog: (line) => lines.push(line),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    }),
  );
  parts.resolve(apiPartsOf(options, { cognito, lambda, apiUrl: api.url }));
  const client = new CognitoIdentityProviderClient({
    endpoint: cognito.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    api: api.url,
    cognito,
    client,
    lambda,
    lines,
    directory,
    replaceFunction: (name, body) => writeFunction(functionsDirectory, name, body),
    ...userActions(client),
    signIn: (email) => cognito.signInByPassword({ email, password }),
    async close() {
      client.destroy();
      await disposables.closeAll();
    },
  };
}

function apiPartsOf(
  options: TestCloudOptions,
  { cognito, lambda, apiUrl }: { cognito: LocalCognito; lambda: LambdaRuntime; apiUrl: string },
): ApiParts {
  const form = options.form ?? 'http';
  const gateway = createGateway({
    form,
    functions: options.functions,
    authorizer: createAuthorizer({
      issuer: cognito.issuer,
      jwksUrl: `${cognito.issuer}/.well-known/jwks.json`,
      clientId: CLIENT_ID,
      form,
    }),
    invoke: (name, event) => lambda.invoke(name, event),
    allowedOrigins,
    ...(options.gatewayTimeoutMs === undefined ? {} : { timeoutMs: options.gatewayTimeoutMs }),
  });
  const status = statusOf({
    facts: {
      apiUrl,
      dynamoDbUrl: 'http://127.0.0.1:1',
      cognitoUrl: cognito.url,
      stripeUrl: 'http://127.0.0.1:2',
      revenueCatUrl: 'http://127.0.0.1:3',
      usersTable: 'Users<&>',
      entitlementsTable: 'Entitlements',
      userPoolId: 'pool',
      clientId: CLIENT_ID,
      stripeApiKey: 'sk_test_secret',
      stripeWebhookSecret: 'whsec_secret',
      revenueCatApiKey: 'sk_secret',
      revenueCatProjectId: 'proj',
      revenueCatWebhookSecret: 'rcwh_secret',
    },
    prices: { monthly: 'price_monthly', yearly: 'price_yearly' },
    issuer: cognito.issuer,
    environmentFile: '.local/env',
    settings: { confirmationCode: code, payload: form },
  });
  const { signInFederated, signInByPassword } = cognito;
  return { gateway, lambda, signInFederated, signInByPassword, status: () => status };
}

function userActions(client: CognitoIdentityProviderClient): Pick<TestCloud, 'signUp' | 'confirm'> {
  return {
    async signUp(email) {
      const input = { ClientId: CLIENT_ID, Username: email, Password: password };
      const { UserSub = '' } = await client.send(new SignUpCommand(input));
      return UserSub;
    },
    async confirm(email) {
      const input = { ClientId: CLIENT_ID, Username: email, ConfirmationCode: code };
      await client.send(new ConfirmSignUpCommand(input));
    },
  };
}

/** Writes one function per name. Each value is the body of `async (event, context) => { … }`. */
export async function writeFunctions(
  directory: string,
  bodies: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, body] of Object.entries(bodies)) await writeFunction(directory, name, body);
}

async function writeFunction(directory: string, name: string, body: string): Promise<void> {
  const folder = path.join(directory, name);
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'index.cjs'),
    `exports.handler = async (event, context) => { ${body} };\n`,
  );
}
