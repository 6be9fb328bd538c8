/** Scenarios: each breaks something with one click, says what to watch, and ends with what the systems agree on. */
import type { Scenario, ScenarioRun } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { scenarioRuns } from '../../state/cloud.ts';
import { hrefOf } from '../../state/route.ts';
import { useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { Icon } from '../../ui/icon.tsx';
import { Button, Card, Notice } from '../../ui/parts.tsx';
import { Commands } from '../start/steps.tsx';

export function Scenarios() {
  const { data, error } = useControl<{ readonly scenarios: readonly Scenario[] }>('/scenarios', {
    lanes: [],
  });
  if (error !== undefined) return <Notice tone="danger">{error.message}</Notice>;
  return (
    <>
      <p class="quiet">
        Each scenario signs up a user of its own and goes through the real doors: Cognito, the API, Checkout,
        and webhooks.
      </p>
      <div class="scenarios">
        {(data?.scenarios ?? []).map((scenario) => (
          <ScenarioCard key={scenario.name} scenario={scenario} />
        ))}
      </div>
      <Commands of={['environment', 'lost_webhook', 'stripe_cli']} />
    </>
  );
}

function ScenarioCard({ scenario: { name, title, story, watch } }: { readonly scenario: Scenario }) {
  const task = useTask();
  const run = scenarioRuns.value.findLast((one) => one.name === name);
  const isRunning = run?.state === 'running';
  return (
    <Card
      title={title}
      tone={run === undefined || isRunning ? 'plain' : run.state === 'agrees' ? 'ok' : 'warning'}
      aside={
        <Button
          kind={run === undefined ? 'primary' : 'plain'}
          icon="play"
          busy={task.busy || isRunning}
          aria-label={`Run: ${title}`}
          onClick={() =>
            task.run(async () => {
              await control(`/scenarios/${name}`, { method: 'POST' });
            })
          }
        >
          {run === undefined ? 'Run' : 'Again'}
        </Button>
      }
    >
      <p>{story}</p>
      <p class="watch">
        <Icon name="search" />
        <span>
          <strong>Watch:</strong> {watch}
        </span>
      </p>
      {run === undefined ? null : <Run run={run} />}
    </Card>
  );
}

const marks = { running: 'more', done: 'check', failed: 'cross' } as const;

function Run({ run: { steps, state, conclusion, sub } }: { readonly run: ScenarioRun }) {
  return (
    <div class="run">
      <ol aria-label="Steps">
        {steps.map(({ text, state: step }, index) => (
          <li key={index} class={step}>
            <Icon name={marks[step]} />
            <span>{text}</span>
          </li>
        ))}
      </ol>
      {conclusion === null ? null : (
        <Notice tone={state === 'agrees' ? 'ok' : state === 'differs' ? 'warning' : 'danger'}>
          {conclusion}
        </Notice>
      )}
      {sub === null ? null : (
        <p class="row">
          <a href={hrefOf('users', { user: sub })}>See the user in every system</a>
          <a href={hrefOf('timeline', { user: sub })}>Follow it on the timeline</a>
        </p>
      )}
    </div>
  );
}
