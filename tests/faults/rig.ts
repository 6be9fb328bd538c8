/** A stage on which many users' calls fail at the same time, each user's by a plan of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FunctionName, functionSpecs } from '../../contract/functions.ts';
import { startLambda } from '../../local/lambda/runtime.ts';
import { createStage, type Stage } from '../support/stage.ts';
import type { Call, FaultRule } from '../support/wire.ts';
import { type Plan, plannedFaults } from './plan.ts';

export interface Rig {
  readonly stage: Stage;
  /** Watches the calls in which one of the marks occurs: ids that only one user has. */
  watch(marks: readonly string[], plan?: Plan): Watch;
  /** Waits until fewer than `atOnce` others are at work. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Watch {
  /** The calls so far, by label. */
  readonly labels: readonly string[];
  readonly struck: boolean;
  heal(): void;
}

/** `atOnce`: enough for the waits to overlap, few enough for the machine. */
export async function createRig({ atOnce }: { readonly atOnce: number }): Promise<Rig> {
  const stage = await createStage({ concurrency: atOnce });
  const watches = new Set<(call: Call) => ReturnType<FaultRule>>();
  const rule: FaultRule = (call) => {
    for (const watching of watches) {
      const fault = watching(call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  for (const wire of Object.values(stage.wires)) wire.fail(rule);
  return {
    stage,
    watch(marks, plan) {
      const labels: string[] = [];
      const faults = plan === undefined ? undefined : plannedFaults(plan);
      const watching = (call: Call) => {
        if (!marks.some((mark) => call.url.includes(mark) || call.body.includes(mark))) return undefined;
        const label = labelOf(call, stage);
        labels.push(label);
        return faults?.next(label, call);
      };
      watches.add(watching);
      return {
        labels,
        get struck() {
          return faults?.struck ?? false;
        },
        heal: () => {
          watches.delete(watching);
        },
      };
    },
    inTurn: turnsOf(atOnce),
    close: () => stage.close(),
  };
}

function turnsOf(atOnce: number): Rig['inTurn'] {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken < atOnce) taken += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn goes straight to who waits longest.
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}

/** The call without what differs from user to user. */
function labelOf(call: Call, { env }: Stage): string {
  const table = ['USERS_TABLE', 'ENTITLEMENTS_TABLE'].find((name) => call.body.includes(env[name] ?? name));
  const name = call.name.replace(/(?:cus|cs|sub)_\w+/, 'ID');
  return table === undefined ? name : `${name} ${table}`;
}

export type Attempt =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly why: string };

export async function attempt({ stage }: Rig, name: FunctionName, event: unknown): Promise<Attempt> {
  try {
    return { ok: true, payload: await stage.invoke(name, event) };
  } catch (error) {
    return { ok: false, why: String(error) };
  }
}

/** A process of a function that can be killed in the middle of its work. */
export interface Victim {
  readonly attempt: (event: unknown) => Promise<Attempt>;
  readonly kill: () => Promise<void>;
  close(): Promise<void>;
}

export async function startVictim({ stage }: Rig, name: FunctionName): Promise<Victim> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-victim-'));
  const lambda = await startLambda({
    functionsDirectory: path.resolve('dist/functions'),
    functions: { [name]: functionSpecs[name] },
    env: stage.env,
    logsDirectory: directory,
    concurrency: 1,
  });
  return {
    attempt: async (event) => {
      const result = await lambda.invoke(name, event);
      return result.ok ? result : { ok: false, why: `${result.errorType}: ${result.errorMessage}` };
    },
    kill: () => lambda.recycle(),
    close: async () => {
      await lambda.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
