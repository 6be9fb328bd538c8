/** A server with Cognito's two operations on pool settings. As in Cognito, an update resets omitted settings. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SettingsServer {
  readonly url: string;
  /** The pool as JSON, in which times are numbers. */
  pool: Record<string, unknown> | undefined;
  /** Error names that the next calls of UpdateUserPool return. */
  readonly refusals: string[];
  readonly updates: Record<string, unknown>[];
  close(): Promise<void>;
}

/** Read-only values, which UpdateUserPool keeps. */
const fixed = new Set([
  'Id',
  'Arn',
  'Status',
  'CreationDate',
  'LastModifiedDate',
  'EstimatedNumberOfUsers',
  'SchemaAttributes',
  'AliasAttributes',
  'UsernameAttributes',
  'UsernameConfiguration',
  'Domain',
  'CustomDomain',
  'SmsConfigurationFailure',
  'EmailConfigurationFailure',
]);

export async function openSettingsServer(pool: Record<string, unknown>): Promise<SettingsServer> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings: SettingsServer = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    pool,
    refusals: [],
    updates: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const input = JSON.parse(await text(request)) as Record<string, unknown>;
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    if (settings.pool === undefined) return send(400, { __type: 'ResourceNotFoundException' });
    if (operation === 'DescribeUserPool') return send(200, { UserPool: settings.pool });
    const refusal = settings.refusals.shift();
    if (refusal !== undefined) return send(400, { __type: refusal });
    settings.updates.push(input);
    settings.pool = afterUpdate(settings.pool, input);
    return send(200, {});
  }
  return settings;
}

function afterUpdate(
  pool: Readonly<Record<string, unknown>>,
  request: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { UserPoolId: _, PoolName, ...settings } = request;
  const kept = Object.entries(pool).filter(([key]) => fixed.has(key));
  return { ...Object.fromEntries(kept), ...settings, Name: PoolName };
}
