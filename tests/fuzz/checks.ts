/** Checks that hold for every answer, whatever the request was. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { FunctionName } from '../../contract/functions.ts';
import { isLongRun } from '../support/extent.ts';
import { API_KEY, type Stage, WEBHOOK_SECRET } from '../support/stage.ts';
import { STORE_KEY, STORE_SECRET } from '../support/stores.ts';
import { secrets } from './inputs.ts';

/** `FUZZ_RUNS` sets another number. */
const runs = Number(process.env['FUZZ_RUNS'] ?? (isLongRun ? 150 : 40));

/** The time limit of a test, which grows with the runs per property that `FUZZ_RUNS` sets. */
export const patience = { timeout: 30_000 + runs * 200 } as const;

/** Tests the property with many values. A failure reports the smallest counterexample found, and the seed. */
export async function forAll<T>(
  values: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(values, property), { numRuns: runs });
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly body: unknown;
}

/** Returns the answer after checking its form. Throws if the invocation failed. */
export async function answerTo(stage: Stage, name: FunctionName, event: unknown): Promise<HttpAnswer> {
  const answer = await stage.invoke(name, event);
  expect(answer).toMatchObject({
    statusCode: expect.any(Number),
    headers: { 'Content-Type': expect.stringMatching(/^application\/(?:problem\+)?json$/) },
    body: expect.any(String),
  });
  const { statusCode, body } = answer as { statusCode: number; body: string };
  expect(Number.isInteger(statusCode) && statusCode >= 200 && statusCode < 600).toBe(true);
  return { statusCode, body: JSON.parse(body) };
}

/** Returns all calls since the wires were last cleared. */
export function callsOn({ wires }: Stage): readonly string[] {
  return Object.values(wires).flatMap((wire) => wire.names());
}

export function writesOn(stage: Stage): readonly string[] {
  return callsOn(stage).filter((name) => name !== 'GetItem' && !name.startsWith('GET '));
}

/** Expects every line to be a log line, and none to contain a secret or personal data. */
export function expectDiscreteLogs({ logs }: Stage): void {
  expect(logs.filter((line) => typeof line['level'] !== 'string')).toEqual([]);
  const text = JSON.stringify(logs);
  const all = [...Object.values(secrets), API_KEY, WEBHOOK_SECRET, STORE_KEY, STORE_SECRET];
  const leaked = all.filter((secret) => text.includes(secret));
  expect(leaked).toEqual([]);
}
