/** What stands in for the event bus of Amazon EventBridge: the form of its events, and the URL or file that gets them. */
import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import type { JsonObject } from '../render/json.ts';
import { type PostOutcome, post } from './post.ts';
import type { EventSource } from './receivers.ts';

interface BusEvent {
  readonly id: string;
  readonly type: string;
  readonly seconds: number;
  readonly detail: JsonObject;
}

/** Returns the event as EventBridge gives it to the targets of a rule. */
export function envelopeOf(
  { id, type, seconds, detail }: BusEvent,
  { arn, account }: EventSource,
): JsonObject {
  const [, , , region = ''] = arn.split(':');
  return {
    version: '0',
    id: uuidOf(id),
    'detail-type': type,
    source: arn.slice(arn.indexOf('/') + 1),
    account,
    // EventBridge has no fractions of a second.
    time: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
    region,
    resources: [arn],
    detail,
  };
}

/** The same event has the same id at every attempt. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

interface BusSettings {
  readonly target: string | undefined;
  readonly timeoutMs: number;
  readonly started: (abort: () => void) => void;
}

export async function putOnBus(event: JsonObject, { target, ...sending }: BusSettings): Promise<PostOutcome> {
  if (target === undefined) return { error: 'No event bus: start the simulator with --event-bus.' };
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  if (/^https?:\/\//.test(target))
    return post({ url: target, body: JSON.stringify(event), headers, ...sending });
  try {
    await appendFile(target, `${JSON.stringify(event)}\n`);
    return { status: 200 };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
