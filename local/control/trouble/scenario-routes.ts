/** The routes of scenarios. One runs at a time, because faults and the clock are everyone's. */
import { Stripe } from 'stripe';
import { readFault } from '../../faults/faults.ts';
import { inSpan } from '../../recording/context.ts';
import { type AppFacts, signUpPerson } from '../../scenarios/person.ts';
import { runScenario } from '../../scenarios/run.ts';
import type { ScenarioDefinition, Stage } from '../../scenarios/stage.ts';
import { scenarios } from '../../scenarios/stories/index.ts';
import type { ScenarioRun } from '../contract.ts';
import type { Inspector } from '../inspection.ts';
import { ControlRefusal, type ControlRoute } from '../routes.ts';
import { addFault, endFaults, type FaultDeps } from './fault-routes.ts';

export interface ScenarioDeps extends FaultDeps {
  readonly inspector: Inspector;
  /** The title of the scenario that runs. One runs at a time. */
  readonly running: { title?: string | undefined };
  readonly facts: () => AppFacts;
  readonly stripe: { readonly url: string; readonly apiKey: string };
  readonly settled: () => Promise<void>;
  readonly advance: (seconds: number) => void;
}

export function scenarioRoutes(deps: ScenarioDeps): readonly ControlRoute[] {
  const { running } = deps;
  return [
    {
      method: 'GET',
      path: '/scenarios',
      run: () => ({
        scenarios: scenarios.map(({ name, title, story, watch }) => ({ name, title, story, watch })),
      }),
    },
    {
      method: 'POST',
      path: '/scenarios/:name',
      run: async ({ params: { name = '' } }) => {
        const scenario = scenarios.find((known) => known.name === name);
        if (scenario === undefined) throw new ControlRefusal(404, `There is no scenario ${name}.`);
        if (running.title !== undefined) {
          throw new ControlRefusal(409, `“${running.title}” is running. Wait for its end.`);
        }
        if (deps.watch.activeFaults().length > 0) {
          throw new ControlRefusal(409, 'Faults are active, and would change the story. End them first.');
        }
        running.title = scenario.title;
        try {
          return await runRecorded(scenario, deps);
        } finally {
          running.title = undefined;
        }
      },
    },
  ];
}

async function runRecorded(scenario: ScenarioDefinition, deps: ScenarioDeps): Promise<ScenarioRun> {
  const { watch, inspector } = deps;
  const span = watch.recorder.begin({ lane: 'console', kind: 'action', title: scenario.title });
  const run = await inSpan(span, () =>
    runScenario(scenario, {
      stage: stageOf(deps),
      compare: (sub) => inspector.compare(sub),
      show: (shown) => watch.hub.publish({ kind: 'scenario', run: shown }),
    }),
  );
  watch.recorder.end(span, {
    outcome: run.state === 'failed' ? 'failed' : 'ok',
    note: run.conclusion,
    subjects: run.sub === null ? [] : [run.sub],
    request: { scenario: scenario.name },
    answer: run,
  });
  return run;
}

function stageOf(deps: ScenarioDeps): Omit<Stage, 'step'> {
  const { inspector, settled } = deps;
  return {
    signUp: (name, options) => signUpPerson(deps.facts(), name, options),
    useCard: ({ email }, card) => useCard(deps.stripe, email, cards[card]),
    withoutWebhooks: (work) => withoutWebhooks(deps.stripe, work),
    fault: (fault) => addFault(deps, readFault(fault)),
    endFaults: () => endFaults(deps),
    settled,
    async advance(seconds) {
      deps.advance(seconds);
      await settled();
    },
    differences: async (sub) => (await inspector.compare(sub)).findings.length,
    async repair(sub) {
      await inspector.repair([sub]);
    },
  };
}

const cards = { good: 'pm_card_visa', declined: 'pm_card_chargeCustomerFail' } as const;

async function useCard(access: ScenarioDeps['stripe'], email: string, card: string): Promise<void> {
  const stripe = clientOf(access);
  const { data } = await stripe.customers.list({ email });
  for (const { id: customer } of data) {
    const { id } = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    const subscriptions = await stripe.subscriptions.list({ customer });
    for (const one of subscriptions.data) {
      await stripe.subscriptions.update(one.id, { default_payment_method: id });
    }
  }
}

function clientOf({ url, apiKey }: ScenarioDeps['stripe']): Stripe {
  const { hostname: host, port } = new URL(url);
  return new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
}

/** Disables the webhook endpoints during the work: Stripe never delivers the events of that time. */
async function withoutWebhooks<T>(access: ScenarioDeps['stripe'], work: () => Promise<T>): Promise<T> {
  const stripe = clientOf(access);
  const { data } = await stripe.webhookEndpoints.list({ limit: 100 });
  const enabled = data.filter(({ status }) => status === 'enabled').map(({ id }) => id);
  for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: true });
  try {
    return await work();
  } finally {
    for (const id of enabled) await stripe.webhookEndpoints.update(id, { disabled: false });
  }
}
