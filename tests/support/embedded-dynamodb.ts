/** The DynamoDB of one test process, in memory: the same emulator and front as in the local cloud. */

import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import { dynamoDbListener } from '../../local/dynamodb/front.ts';
import { ownPagesOnly } from '../../local/http/guard.ts';
import { type OpenServer, openServer } from '../../local/http/listen.ts';
import { answerFrom } from './in-process.ts';

/** The package has no types. */
const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

/** Creates tables and answers at once. */
const settings = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

let listener: RequestListener | undefined;
let server: Promise<OpenServer> | undefined;

export function dynamoDbOfThisProcess(): RequestListener {
  listener ??= startEmulator();
  return listener;
}

/** Returns its address, for clients in other processes. */
export async function dynamoDbUrl(): Promise<string> {
  server ??= openServer(
    { service: 'DynamoDB', port: 0, flag: '' },
    dynamoDbOfThisProcess(),
    ownPagesOnly([]),
  );
  const { url, server: opened } = await server;
  // The test process ends with its tests.
  opened.unref();
  return url;
}

function startEmulator(): RequestListener {
  const emulator = dynalite(settings);
  const answer: RequestListener = (request, response) => emulator.emit('request', request, response);
  return dynamoDbListener((request) => answerFrom(answer, request));
}
