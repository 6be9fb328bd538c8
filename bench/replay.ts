/** Answers calls as they were recorded, for every user that they name. */
import type { IncomingHttpHeaders } from 'node:http';
import { callOf, type RecordedCall, type System } from './calls.ts';
import { forUser, type Ids, USERS_PER_RECORDING, userIn, withoutIds } from './ids.ts';
import type { Recording } from './recording.ts';
import { withWritten } from './written.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = Pick<RecordedCall, 'status' | 'headers' | 'body'>;

/** The answers that one call got in a recording, the first one first. */
type Answers = Map<string, RecordedCall[]>;

interface Replayed {
  readonly ids: Ids;
  readonly answers: Answers;
}

export interface Replay {
  answer(system: System, request: Request): Answer;
  /** The calls that no recording has. Each was answered with 500. */
  unknownCalls(): readonly string[];
}

export function createReplay(recordings: readonly Recording[]): Replay {
  const replays = new Map(
    recordings.map(({ number, ids, calls, ofReference }): [number, Replayed] => [
      number,
      { ids, answers: answersOf([...calls, ...ofReference], ids) },
    ]),
  );
  const anyUser = answersOf(
    recordings.flatMap(({ calls }) => calls),
    null,
  );
  const unknown = new Set<string>();
  const turns = new Map<string, number>();
  // A call that repeats within an invocation gets its answers in turn, and the last one from then on.
  const inTurn = (answers: readonly RecordedCall[], turn: string): RecordedCall | undefined => {
    if (answers.length < 2) return answers[0];
    const index = turns.get(turn) ?? 0;
    turns.set(turn, index + 1);
    return answers[Math.min(index, answers.length - 1)];
  };
  return {
    answer: (system, request) => {
      const { name, text } = callOf(system, request);
      const user = userIn(text);
      const replay = user === undefined ? undefined : replays.get(Math.floor(user / USERS_PER_RECORDING));
      const key = `${system} ${withoutIds(name, null)}`;
      const known = find(replay?.answers ?? anyUser, key) ?? find(anyUser, key);
      const found = known === undefined ? undefined : inTurn(known, `${user} ${key}`);
      if (found === undefined) {
        unknown.add(key);
        return { status: 500, headers: {}, body: JSON.stringify({ message: `Not recorded: ${key}` }) };
      }
      const { status, headers } = found;
      const body = withWritten(found.body, request.body);
      if (replay === undefined || user === undefined) return { status, headers, body };
      return { status, headers, body: forUser(body, replay.ids, user) };
    },
    unknownCalls: () => [...unknown],
  };
}

function answersOf(calls: readonly RecordedCall[], ids: Ids | null): Answers {
  const answers: Answers = new Map();
  for (const call of calls) {
    const key = `${call.system} ${withoutIds(call.name, ids)}`;
    // Others may ask the same with other parameters.
    for (const one of new Set([key, withoutQuery(key)]))
      answers.set(one, [...(answers.get(one) ?? []), call]);
  }
  return answers;
}

function find(answers: Answers, key: string): readonly RecordedCall[] | undefined {
  return answers.get(key) ?? answers.get(withoutQuery(key));
}

function withoutQuery(key: string): string {
  return key.replace(/\?.*$/, '');
}
