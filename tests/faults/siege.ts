/** Lets every call of an invocation be hit in every way, each time of another user, many users at once. */
import type { FunctionName } from '../../contract/functions.ts';
import { type Attack, attacks } from './attacks.ts';
import { type Plan, type Step, stepsOf } from './plan.ts';
import { type Attempt, attempt, type Rig, startVictim } from './rig.ts';

export interface Scenario<Subject> {
  readonly name: FunctionName;
  /** A fresh user each time. */
  prepare(): Promise<Subject>;
  /** Ids of which one occurs in every call for this user, and none in another's. */
  marks(subject: Subject): readonly string[];
  event(subject: Subject): unknown;
  /** What is wrong after the attempt that was hit. */
  wrongAfterAttempt(subject: Subject, made: Made): Promise<readonly string[]>;
  /** What is wrong once the caller has tried again, with all systems well. */
  wrongAfterRetry(subject: Subject, made: Made): Promise<readonly string[]>;
}

/** What came of an invocation, and the calls that it made, by label. */
export type Made = Attempt & { readonly labels: readonly string[] };

export interface Siege {
  /** Of the run without faults. */
  readonly steps: readonly Step[];
  /** Calls of that run that no mark found: they could not be hit. */
  readonly unmarked: number;
  readonly wrong: readonly string[];
  /** What went wrong under this attack, by call. */
  wrongUnder(attack: Attack): Promise<readonly string[]>;
}

/** Learns the calls of each scenario, then sets out on everything; `wrongUnder` waits for its part. */
export async function besiege<Subject, Title extends string>(
  rig: Rig,
  scenarios: Readonly<Record<Title, Scenario<Subject>>>,
): Promise<Readonly<Record<Title, Siege>>> {
  const learnt: [Title, Siege, (attack: Attack) => void][] = [];
  for (const title of Object.keys(scenarios) as Title[]) {
    const scenario = scenarios[title];
    const { steps, ...run } = await learn(rig, scenario);
    const results = new Map<Attack, Promise<readonly string[]>>();
    const start = (attack: Attack) => results.set(attack, hitEach(rig, scenario, { attack, steps }));
    const wrongUnder: Siege['wrongUnder'] = async (attack) => (await results.get(attack)) ?? ['never tried'];
    learnt.push([title, { steps, ...run, wrongUnder }, start]);
  }
  for (const attack of attacks) for (const [, , start] of learnt) start(attack);
  return Object.fromEntries(learnt) as Record<Title, Siege>;
}

/** The run without faults, which says how many calls there are to be hit. Nothing else may run on the stage meanwhile. */
async function learn<Subject>(rig: Rig, scenario: Scenario<Subject>): Promise<Omit<Siege, 'wrongUnder'>> {
  const subject = await scenario.prepare();
  const wires = Object.values(rig.stage.wires);
  for (const wire of wires) wire.clear();
  const { made } = await invoked(rig, { scenario, subject });
  const all = wires.reduce((sum, wire) => sum + wire.calls.length, 0);
  const wrong = await scenario.wrongAfterRetry(subject, made);
  return { steps: stepsOf(made.labels), unmarked: all - made.labels.length, wrong };
}

/** Never rejects: a case that cannot be played is wrong too. */
async function hitEach<Subject>(
  rig: Rig,
  scenario: Scenario<Subject>,
  { attack, steps }: { readonly attack: Attack; readonly steps: readonly Step[] },
): Promise<readonly string[]> {
  const cases = steps.map(async (step, index) => {
    const play = () => rig.inTurn(() => hitOne(rig, scenario, { attack, step }));
    const wrong = await play().catch((error: unknown) => [String(error)]);
    return wrong.map((what) => `call ${index + 1} of ${steps.length} (${step.label}): ${what}`);
  });
  return (await Promise.all(cases)).flat();
}

/** A machine that is too busy may end a run before the call comes; then another user plays it again. */
const MAX_TRIES = 3;

async function hitOne<Subject>(
  rig: Rig,
  scenario: Scenario<Subject>,
  { attack, step }: Target,
): Promise<readonly string[]> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const { struck, wrong } = await hitOnce(rig, scenario, { attack, step });
    if (struck || wrong.length > 0) return wrong;
  }
  return ['the call never came'];
}

async function hitOnce<Subject>(
  rig: Rig,
  scenario: Scenario<Subject>,
  { attack, step }: Target,
): Promise<{ readonly struck: boolean; readonly wrong: readonly string[] }> {
  const subject = await scenario.prepare();
  const { made, struck } =
    attack.kind === 'kill'
      ? await killed(rig, { scenario, subject }, { step, when: attack.when })
      : await invoked(rig, { scenario, subject }, { step, ...attack });
  const ended = attack.kind === 'kill' && struck ? !made.ok : made.ok;
  const after = await scenario.wrongAfterAttempt(subject, made);
  const again = await invoked(rig, { scenario, subject });
  const afterRetry = await scenario.wrongAfterRetry(subject, again.made);
  const wrong = [
    ...(ended ? [] : [`the invocation: ${JSON.stringify(made)}`]),
    ...after,
    ...afterRetry.map((what) => `after the retry: ${what}`),
  ];
  return { struck, wrong };
}

interface Target {
  readonly attack: Attack;
  readonly step: Step;
}

interface Case<Subject> {
  readonly scenario: Scenario<Subject>;
  readonly subject: Subject;
}

interface Run {
  readonly made: Made;
  readonly struck: boolean;
}

async function invoked<Subject>(
  rig: Rig,
  { scenario, subject }: Case<Subject>,
  plan?: Plan,
  invoke = (event: unknown) => attempt(rig, scenario.name, event),
): Promise<Run> {
  const watch = rig.watch(scenario.marks(subject), plan);
  const made = await invoke(scenario.event(subject));
  watch.heal();
  return { made: { ...made, labels: watch.labels }, struck: watch.struck };
}

async function killed<Subject>(
  rig: Rig,
  of: Case<Subject>,
  { step, when }: { readonly step: Step; readonly when: 'before' | 'after' },
): Promise<Run> {
  const victim = await startVictim(rig, of.scenario.name);
  const plan = { step, fault: { when, end: victim.kill }, reach: 'call' } as const;
  const run = await invoked(rig, of, plan, victim.attempt);
  await victim.close();
  return run;
}
