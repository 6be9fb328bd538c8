/** An emulator behind a front: the front answers what the emulator cannot, and passes everything else on. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './body.ts';

export interface EmulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Emulator = (request: EmulatorRequest) => Promise<Answer>;
