/** What is measured: the functions of a build, and what they are compared with. */

import { programs } from './processes.ts';
import { type Build, modulePathOf } from './record.ts';
import { eventOf, type Recording } from './recording.ts';

export interface Subject {
  readonly name: string;
  /** A file that exports `handler`. */
  readonly modulePath: string;
  readonly recording: Recording;
}

/** Each event is another user's. */
let users = 0;

export function eventsOf({ recording }: Subject, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    users += 1;
    return eventOf(recording, users);
  });
}

export function functionsOf(build: Build, recordings: readonly Recording[]): readonly Subject[] {
  return recordings.map((recording) => ({
    name: recording.functionName,
    modulePath: modulePathOf(build, recording.functionName),
    recording,
  }));
}

/** One of `programs/`, with the event of `GET /me/entitlements`. */
export function programNamed(name: 'raw' | 'empty', recordings: readonly Recording[]): Subject {
  return {
    name,
    modulePath: `${programs}${name}.cjs`,
    recording: recordingOf('entitlements-api', recordings),
  };
}

export function recordingOf(name: string, recordings: readonly Recording[]): Recording {
  const found = recordings.find(({ functionName }) => functionName === name);
  if (found === undefined) throw new Error(`${name} was not recorded.`);
  return found;
}
