/** A stage for fault tests: many users at a time, each with an injection that fails one of the user's calls. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FunctionName, functionSpecs } from '../../contract/functions.ts';
import { startLambda } from '../../local/lambda/runtime.ts';
import { isLongRun } from '../support/extent.ts';
import { createStage, type Stage, type StageOptions } from '../support/stage.ts';
import type { Call, FaultRule, Wire } from '../support/wire.ts';
import { createInjector, type Injection } from './injection.ts';

export interface Rig<OwnStage extends Stage = Stage> {
  readonly stage: OwnStage;
  /** Every wire of the stage. */
  readonly wires: readonly Wire[];
  /** Watches the calls that contain one of the marks, which are ids of a single user. */
  watch(marks: readonly string[], injection?: Injection): Watch;
  /** Waits until a slot is free. */
  withSlot<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Watch {
  /** The calls so far, by label. */
  readonly labels: readonly string[];
  readonly injected: boolean;
  stop(): void;
}

/** High enough for waits to overlap, and low because each concurrent invocation starts an environment. */
export const DEFAULT_CONCURRENCY = isLongRun ? 24 : 12;

export async function createRig({
  concurrency = DEFAULT_CONCURRENCY,
  env = {},
}: Pick<StageOptions, 'concurrency' | 'env'> = {}): Promise<Rig> {
  const stage = await createStage({ concurrency, env });
  return rigOn({ stage, wires: Object.values(stage.wires), concurrency });
}

export interface RigParts<OwnStage extends Stage> extends Pick<Rig<OwnStage>, 'stage' | 'wires'> {
  /** How many invocations of a function the stage runs at a time. */
  readonly concurrency: number;
}

export function rigOn<OwnStage extends Stage>(parts: RigParts<OwnStage>): Rig<OwnStage> {
  const { stage, wires, concurrency } = parts;
  const watches = new Set<(call: Call) => ReturnType<FaultRule>>();
  const rule: FaultRule = (call) => {
    for (const onCall of watches) {
      const fault = onCall(call);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  for (const wire of wires) wire.fail(rule);
  return {
    stage,
    wires,
    watch(marks, injection) {
      const labels: string[] = [];
      const injector = injection === undefined ? undefined : createInjector(injection);
      const onCall = (call: Call) => {
        if (!marks.some((mark) => call.url.includes(mark) || call.body.includes(mark))) return undefined;
        const label = labelOf(call, stage);
        labels.push(label);
        return injector?.next(label, call);
      };
      watches.add(onCall);
      return {
        labels,
        get injected() {
          return injector?.injected ?? false;
        },
        stop: () => {
          watches.delete(onCall);
        },
      };
    },
    withSlot: createSlots(concurrency),
    close: () => stage.close(),
  };
}

function createSlots(concurrency: number): Rig['withSlot'] {
  const waitingRuns: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken < concurrency) taken += 1;
    else await new Promise<void>((resolve) => waitingRuns.push(resolve));
    try {
      return await work();
    } finally {
      // Hands the slot to the caller that has waited longest.
      const next = waitingRuns.shift();
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}

/** Returns the call's name without ids, which differ from user to user. */
function labelOf(call: Call, { env }: Stage): string {
  const table = ['USERS_TABLE', 'ENTITLEMENTS_TABLE'].find((name) => call.body.includes(env[name] ?? name));
  const name = call.name.replace(/(?:cus|cs|pm|sub)_\w+|(?<=\/v2\/.*\/(?:customers|products)\/)[\w-]+/, 'ID');
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

/** A process that runs a function and can be killed while it works. */
export interface SubjectProcess {
  readonly attempt: (event: unknown) => Promise<Attempt>;
  readonly kill: () => Promise<void>;
  close(): Promise<void>;
}

export async function startSubject({ stage }: Rig, name: FunctionName): Promise<SubjectProcess> {
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-subject-'));
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
