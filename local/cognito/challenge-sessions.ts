/** What Cognito remembers between the steps of a sign-in: each session can be answered once, for three minutes. */
import { randomUUID } from 'node:crypto';
import { notAuthorized } from './error.ts';

export const SESSION_MS = 3 * 60_000;

export interface ChallengeSessions<Value> {
  /** Returns the id of the session, which is random unless given. */
  open(value: Value, id?: string): string;
  /** Returns what the session is about, which stays open. Throws Cognito's error if it is over. */
  read(id: string): Value;
  close(id: string): void;
}

interface Session<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

export function challengeSessions<Value>(nowMs: () => number): ChallengeSessions<Value> {
  const sessions = new Map<string, Session<Value>>();
  // Sessions that were answered or ran out are known for a while, for the errors that say so.
  const over = new Map<string, { readonly why: string; readonly untilMs: number }>();

  function end(id: string, why: string): void {
    sessions.delete(id);
    over.set(id, { why, untilMs: nowMs() + SESSION_MS });
  }

  function sweep(): void {
    const now = nowMs();
    for (const [id, { untilMs }] of sessions) if (untilMs < now) end(id, 'session is expired');
    for (const [id, { untilMs }] of over) if (untilMs < now) over.delete(id);
  }

  return {
    open(value, id = randomUUID()) {
      sweep();
      sessions.set(id, { value, untilMs: nowMs() + SESSION_MS });
      return id;
    },
    read(id) {
      sweep();
      const session = sessions.get(id);
      if (session !== undefined) return session.value;
      const why = over.get(id)?.why;
      throw notAuthorized(`Invalid session for the user${why === undefined ? '' : `, ${why}`}.`);
    },
    close: (id) => end(id, 'session can only be used once'),
  };
}
