/** Opens DynamoDB: the emulator in a child process, and the front that serves its public address. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { superviseChild } from '../child/supervise.ts';
import { fileFailure } from '../cloud/failure.ts';
import { forward } from '../http/forward.ts';
import type { Access } from '../http/guard.ts';
import { openServer, type PortRequest } from '../http/listen.ts';
import type { Tap } from '../recording/tap.ts';
import { dynamoDbListener } from './front.ts';

export interface DynamoDbOptions {
  readonly port: PortRequest;
  /**
   * The directory that stores the tables. They are always on disk: in memory, they would be lost when the child dies.
   */
  readonly directory: string;
  readonly wrap?: Tap | undefined;
  readonly access: Access;
  /** Called if the data cannot be read or written any more. */
  readonly onFailure?: (error: Error) => void;
}

export interface LocalDynamoDb {
  readonly url: string;
  close(): Promise<void>;
}

export async function openDynamoDb({
  port,
  directory,
  wrap,
  access,
  onFailure,
}: DynamoDbOptions): Promise<LocalDynamoDb> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw fileFailure('write', directory, error);
  });
  const listener = dynamoDbListener(async (request) =>
    forward({ ...request, port: await child.port(), secret: child.headers }),
  );
  const server = await openServer(port, wrap?.(listener) ?? listener, access);
  const child = superviseChild({
    name: 'DynamoDB (dynalite)',
    entry: fileURLToPath(new URL('./child.cjs', import.meta.url)),
    args: [directory],
    cwd: directory,
    env: {},
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  return {
    url: server.url,
    async close() {
      await server.close();
      await child.close();
    },
  };
}
