/** Makes every call of an invocation fail in every way: each case with its own user, many users at a time. */
import type { FunctionName } from '../../contract/functions.ts';
import { type FaultCase, faultCases, isTried } from './fault-cases.ts';
import { type Injection, type Step, stepsOf } from './injection.ts';
import { type Attempt, attempt, type Rig, startSubject } from './rig.ts';

export interface Scenario<User> {
  /** The function that is invoked. */
  readonly name: FunctionName;
  /** Creates a new user for each case. */
  prepare(): Promise<User>;
  /** Returns ids of this user. One of them occurs in every call for the user, and none in a call for another. */
  marks(user: User): readonly string[];
  event(user: User): unknown;
  /** Whether the calls with this label are made to fail. Default: all are. */
  fails?(label: string): boolean;
  /** Returns what is wrong after the attempt in which the fault was injected. */
  problemsAfterAttempt(user: User, made: InvocationRecord): Promise<readonly string[]>;
  /** Returns what is wrong after the caller has retried without faults. */
  problemsAfterRetry(user: User, made: InvocationRecord): Promise<readonly string[]>;
}

/** The outcome of an invocation, and the labels of the calls that it made. */
export type InvocationRecord = Attempt & { readonly labels: readonly string[] };

export interface FaultMatrix {
  /** The steps of the run without faults. */
  readonly steps: readonly Step[];
  /** The number of calls in that run that contain no mark, so no fault can be injected into them. */
  readonly unmarked: number;
  /** The problems found after the run without faults. */
  readonly problems: readonly string[];
  /** Whether this run tries the case with a call. */
  tries(faultCase: FaultCase): boolean;
  /** Waits for this case and returns what was wrong in it, by call. */
  problemsUnder(faultCase: FaultCase): Promise<readonly string[]>;
}

/** Records the calls of each scenario, then starts every case. `problemsUnder` waits for one of them. */
export async function runFaultMatrix<User, Title extends string>(
  rig: Rig,
  scenarios: Readonly<Record<Title, Scenario<User>>>,
): Promise<Readonly<Record<Title, FaultMatrix>>> {
  const recorded: [Title, FaultMatrix, (faultCase: FaultCase) => void][] = [];
  for (const [number, title] of (Object.keys(scenarios) as Title[]).entries()) {
    const scenario = scenarios[title];
    const { steps, ...baseline } = await recordBaseline(rig, scenario);
    const targetsOf = (faultCase: FaultCase) =>
      steps
        .map((step, call) => ({ faultCase, step, call }))
        .filter(({ step }) => scenario.fails?.(step.label) ?? true)
        .filter(({ call }) => isTried(faultCase, { scenario: number, call }));
    const results = new Map<FaultCase, Promise<readonly string[]>>();
    const start = (faultCase: FaultCase) =>
      results.set(faultCase, runCase(rig, scenario, targetsOf(faultCase)));
    const tries = (faultCase: FaultCase) => targetsOf(faultCase).length > 0;
    const problemsUnder: FaultMatrix['problemsUnder'] = async (faultCase) =>
      (await results.get(faultCase)) ?? ['the case did not run'];
    recorded.push([title, { steps, ...baseline, tries, problemsUnder }, start]);
  }
  for (const faultCase of faultCases) for (const [, , start] of recorded) start(faultCase);
  return Object.fromEntries(recorded) as Record<Title, FaultMatrix>;
}

/** Runs the scenario without faults, to find the calls that can fail. Nothing else may run on the stage during it. */
async function recordBaseline<User>(
  rig: Rig,
  scenario: Scenario<User>,
): Promise<Omit<FaultMatrix, 'tries' | 'problemsUnder'>> {
  const user = await scenario.prepare();
  for (const wire of rig.wires) wire.clear();
  const { made } = await invokeWatched(rig, { scenario, user });
  const callCount = rig.wires.reduce((sum, wire) => sum + wire.calls.length, 0);
  const problems = await scenario.problemsAfterRetry(user, made);
  return { steps: stepsOf(made.labels), unmarked: callCount - made.labels.length, problems };
}

/** Never rejects: an error while the case runs is a problem like any other. */
async function runCase<User>(
  rig: Rig,
  scenario: Scenario<User>,
  targets: readonly Target[],
): Promise<readonly string[]> {
  const runs = targets.map(async (target) => {
    const run = () => rig.withSlot(() => failCall(rig, scenario, target));
    const problems = await run().catch((error: unknown) => [String(error)]);
    return problems.map((problem) => `call ${target.call + 1} (${target.step.label}): ${problem}`);
  });
  return (await Promise.all(runs)).flat();
}

/** On an overloaded machine a run may end before it makes the call. The case is then repeated with another user. */
const MAX_TRIES = 3;

async function failCall<User>(
  rig: Rig,
  scenario: Scenario<User>,
  target: Target,
): Promise<readonly string[]> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const { injected, problems } = await tryToFailCall(rig, scenario, target);
    if (injected || problems.length > 0) return problems;
  }
  return ['the call was never made'];
}

async function tryToFailCall<User>(
  rig: Rig,
  scenario: Scenario<User>,
  { faultCase, step }: Target,
): Promise<{ readonly injected: boolean; readonly problems: readonly string[] }> {
  const user = await scenario.prepare();
  const { made, injected } =
    faultCase.kind === 'kill'
      ? await killDuring(rig, { scenario, user }, { step, when: faultCase.when })
      : await invokeWatched(rig, { scenario, user }, { step, ...faultCase });
  const endedAsExpected = faultCase.kind === 'kill' && injected ? !made.ok : made.ok;
  const afterAttempt = await scenario.problemsAfterAttempt(user, made);
  const retry = await invokeWatched(rig, { scenario, user });
  const afterRetry = await scenario.problemsAfterRetry(user, retry.made);
  const problems = [
    ...(endedAsExpected ? [] : [`the invocation ended with ${JSON.stringify(made)}`]),
    ...afterAttempt,
    ...afterRetry.map((problem) => `after the retry: ${problem}`),
  ];
  return { injected, problems };
}

interface Target {
  readonly faultCase: FaultCase;
  readonly step: Step;
  /** The number of the step, from 0. */
  readonly call: number;
}

interface Actors<User> {
  readonly scenario: Scenario<User>;
  readonly user: User;
}

interface Run {
  readonly made: InvocationRecord;
  readonly injected: boolean;
}

async function invokeWatched<User>(
  rig: Rig,
  { scenario, user }: Actors<User>,
  injection?: Injection,
  invoke = (event: unknown) => attempt(rig, scenario.name, event),
): Promise<Run> {
  const watch = rig.watch(scenario.marks(user), injection);
  const made = await invoke(scenario.event(user));
  watch.stop();
  return { made: { ...made, labels: watch.labels }, injected: watch.injected };
}

async function killDuring<User>(
  rig: Rig,
  actors: Actors<User>,
  { step, when }: { readonly step: Step; readonly when: 'before' | 'after' },
): Promise<Run> {
  const subject = await startSubject(rig, actors.scenario.name);
  const injection = { step, fault: { when, end: subject.kill }, reach: 'call' } as const;
  const run = await invokeWatched(rig, actors, injection, subject.attempt);
  await subject.close();
  return run;
}
