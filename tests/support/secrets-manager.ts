/** A server with the operations of AWS Secrets Manager that read and write whole secrets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface SecretsManager {
  readonly url: string;
  /** Returns how often a secret was read. */
  reads(): number;
  /** Makes every later call fail with this error, or none with `undefined`. */
  refuse(error: string | undefined): void;
  close(): Promise<void>;
}

/** `kept` holds the secrets by name or ARN. */
export async function serveSecrets(kept: Map<string, string>): Promise<SecretsManager> {
  let reads = 0;
  let refusal: string | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = String(request.headers['x-amz-target']).replace(/^.*\./, '');
    const body = JSON.parse((await buffer(request)).toString('utf8')) as Record<string, string>;
    const name = body['SecretId'] ?? body['Name'] ?? '';
    if (target === 'GetSecretValue') reads += 1;
    const absent = target !== 'CreateSecret' && !kept.has(name);
    const error = refusal ?? (absent ? 'ResourceNotFoundException' : undefined);
    const { SecretString } = body;
    if (error === undefined && SecretString !== undefined) kept.set(name, SecretString);
    response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(error === undefined ? { SecretString: kept.get(name) } : { __type: error }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reads: () => reads,
    refuse: (error) => {
      refusal = error;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
