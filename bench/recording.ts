/** A recorded invocation: its event, its calls and their answers, to be repeated for any number of users. */
import { createHmac } from 'node:crypto';
import type { FunctionName } from '../contract/functions.ts';
import type { RecordedCall } from './calls.ts';
import { WEBHOOK_SECRET } from './environment.ts';
import { forUser, type Ids, USERS_PER_RECORDING } from './ids.ts';

export interface Recording {
  /** From 1. It is part of the ids of the users. */
  readonly number: number;
  readonly functionName: FunctionName;
  /** JSON, with the recorded ids. */
  readonly event: string;
  readonly ids: Ids;
  readonly calls: readonly RecordedCall[];
  /** What the same job with the SDKs calls in addition. */
  readonly ofReference: readonly RecordedCall[];
}

export interface ApiEvent {
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the event of the user with this number, as JSON. */
export function eventOf({ number, functionName, event, ids }: Recording, user: number): string {
  const text = forUser(event, ids, number * USERS_PER_RECORDING + user);
  return functionName === 'stripe-webhook' ? JSON.stringify(signed(JSON.parse(text), user)) : text;
}

/** Makes it a new event of this second. */
export function signed({ body = '', ...event }: ApiEvent, number: number): ApiEvent {
  const seconds = Math.floor(Date.now() / 1000);
  const fresh = { ...JSON.parse(body), id: `evt_bench${number}`, created: seconds };
  // Stripe indents what it sends.
  const sent = JSON.stringify(fresh, null, 2);
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.${sent}`).digest('hex');
  return {
    ...event,
    headers: { ...event.headers, 'stripe-signature': `t=${seconds},v1=${signature}` },
    body: sent,
  };
}
