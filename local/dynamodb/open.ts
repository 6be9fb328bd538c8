/** DynamoDB: the emulator in a child process, and its public address in front of it. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { superviseChild } from '../child/supervise.ts';
import { openServer, type PortRequest } from '../http/listen.ts';
import { dynamoDbListener } from './front.ts';

export interface DynamoDbOptions {
  readonly port: PortRequest;
  /** Where the tables are kept. On disk always: in memory they would go with a child that dies. */
  readonly directory: string;
}

export interface LocalDynamoDb {
  readonly url: string;
  close(): Promise<void>;
}

export async function openDynamoDb({ port, directory }: DynamoDbOptions): Promise<LocalDynamoDb> {
  await mkdir(directory, { recursive: true });
  const server = await openServer(
    port,
    dynamoDbListener(() => child.port()),
  );
  const child = superviseChild({
    name: 'DynamoDB (dynalite)',
    entry: fileURLToPath(new URL('./child.cjs', import.meta.url)),
    args: [directory],
    cwd: directory,
    env: {},
  });
  return {
    url: server.url,
    async close() {
      await server.close();
      await child.close();
    },
  };
}
