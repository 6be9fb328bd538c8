/** Runs a scenario, shows each step as it happens, and says at the end whether the systems agree. */
import { randomUUID } from 'node:crypto';
import type { ScenarioRun } from '../control/contract.ts';
import type { Inspection } from '../control/inspection.ts';
import type { Person } from './person.ts';
import type { ScenarioDefinition, Stage } from './stage.ts';

export interface RunDeps {
  /** Everything but the steps. */
  readonly stage: Omit<Stage, 'step'>;
  readonly compare: (sub: string) => Promise<Inspection>;
  readonly show: (run: ScenarioRun) => void;
}

/** Never rejects: a failure is the conclusion of the run. */
export async function runScenario(scenario: ScenarioDefinition, deps: RunDeps): Promise<ScenarioRun> {
  let run: ScenarioRun = {
    name: scenario.name,
    runId: randomUUID(),
    state: 'running',
    sub: null,
    steps: [],
    conclusion: null,
  };
  const show = (changes: Partial<ScenarioRun>) => {
    run = { ...run, ...changes };
    deps.show(run);
  };
  const stage: Stage = {
    ...deps.stage,
    async signUp(name, options): Promise<Person> {
      const person = await deps.stage.signUp(name, options);
      show({ sub: person.sub });
      return person;
    },
    async step(text, work) {
      const { steps } = run;
      show({ steps: [...steps, { text, state: 'running' }] });
      try {
        const result = await work();
        show({ steps: [...steps, { text, state: 'done' }] });
        return result;
      } catch (error) {
        show({ steps: [...steps, { text, state: 'failed' }] });
        throw error;
      }
    },
  };
  try {
    const { sub, lesson } = await scenario.run(stage);
    show({ sub, ...conclusionOf(await deps.compare(sub), lesson) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    show({ state: 'failed', conclusion: `The scenario took another course. ${why}` });
  } finally {
    deps.stage.endFaults();
  }
  return run;
}

function conclusionOf({ findings }: Inspection, lesson: string): Pick<ScenarioRun, 'state' | 'conclusion'> {
  if (findings.length === 0) return { state: 'agrees', conclusion: `All systems agree. ${lesson}` };
  const left = findings.map(({ reason, meaning }) => `${reason.replaceAll('_', ' ')}: ${meaning}`);
  return { state: 'differs', conclusion: `This is left. ${left.join(' ')}` };
}
