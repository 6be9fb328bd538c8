/** Records one invocation of each function of a build against the emulators. */
import path from 'node:path';
import type { RecordedCall } from './calls.ts';
import type { Environment } from './environment.ts';
import { answerOnce } from './processes.ts';
import { type ApiEvent, type Recording, signed } from './recording.ts';
import { type Invoke, type ScenarioName, sampleEvent, scenarios } from './scenarios.ts';
import type { World } from './world.ts';

export interface Build {
  /** A folder with `NAME/index.cjs` for every function. */
  readonly directory: string;
  readonly node: string;
}

export function modulePathOf({ directory }: Build, name: string): string {
  return path.resolve(directory, name, 'index.cjs');
}

export function invokerOf(build: Build, env: Environment): Invoke {
  return async (name, event) => {
    const program = { node: build.node, modulePath: modulePathOf(build, name), env };
    return (await answerOnce(program, JSON.stringify(event))).answer;
  };
}

export async function record(
  build: Build,
  world: World,
  names: readonly ScenarioName[],
): Promise<readonly Recording[]> {
  const recordings: Recording[] = [];
  const invoke = invokerOf(build, world.env);
  for (const [index, name] of names.entries()) {
    const { event, sub } = await scenarios[name](world, invoke);
    world.recorder.clear();
    await invoke(name, name === 'stripe-webhook' ? signed(event as ApiEvent, 1) : event);
    const calls = [...world.recorder.calls];
    const ofReference = name === 'stripe-webhook' ? await readOf(world, invoke, sub) : [];
    const known = JSON.stringify([event, calls]);
    const customers = new Set(known.match(/\bcus_[A-Za-z0-9]+/g));
    if (customers.size > 1) throw new Error(`${name} was recorded with several customers.`);
    const [customer = null] = customers;
    recordings.push({
      number: index + 1,
      functionName: name,
      event: JSON.stringify(event),
      ids: { sub, customer },
      calls,
      ofReference,
    });
  }
  return recordings;
}

/** The reference reads the row before it writes it. */
async function readOf({ recorder }: World, invoke: Invoke, sub: string): Promise<readonly RecordedCall[]> {
  recorder.clear();
  await invoke('entitlements-api', sampleEvent('entitlements-api', sub));
  return [...recorder.calls];
}
