/** Lets systems fail, hang or lose what they say, for the next calls. */
import { useState } from 'preact/hooks';
import {
  type Fault,
  type FaultKind,
  type FaultySystem,
  faultKinds,
  faultySystems,
} from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { faults } from '../../state/cloud.ts';
import { useTask } from '../../state/use-task.ts';
import { Button, Card } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';

const systemTitles: Readonly<Record<FaultySystem, string>> = {
  stripe: 'Stripe',
  dynamodb: 'DynamoDB',
  cognito: 'Cognito',
  revenuecat: 'RevenueCat',
  webhooks: 'Stripe’s webhooks',
  functions: 'The functions',
  cards: 'Cards',
};

const kindTitles: Readonly<Record<FaultKind, string>> = {
  fail: 'answers 500',
  rate_limit: 'answers 429',
  throttle: 'is throttled',
  hang: 'never answers',
  slow: 'answers late',
  lose_answer: 'does it, and the answer is lost',
  drop: 'are lost, and Stripe tries again later',
  duplicate: 'arrive twice',
  delay: 'arrive late',
  reorder: 'arrive in the wrong order',
  kill: 'die when a call of theirs returns',
  freeze: 'freeze when a call of theirs returns',
  decline: 'are declined at the next payments',
};

const timed = new Set<FaultKind>(['slow', 'delay', 'freeze']);
/** A fault that is met by whatever comes next would hit the wrong function. */
const matchHints: Readonly<Partial<Record<FaultySystem, string>>> = {
  stripe: 'POST /v1/subscriptions*',
  dynamodb: 'UpdateItem',
  cognito: 'AdminDeleteUser',
  webhooks: 'customer.subscription.*',
  functions: 'stripe-webhook *',
};

export function Faults() {
  return (
    <>
      <Active />
      <NewFault />
    </>
  );
}

function Active() {
  const task = useTask();
  const active = faults.value;
  const end = () => task.run(async () => void (await control('/faults', { method: 'DELETE' })));
  return (
    <Card
      title={active.length === 0 ? 'Everything works' : 'What fails on purpose'}
      tone={active.length === 0 ? 'plain' : 'warning'}
      aside={
        active.length === 0 ? null : (
          <Button kind="primary" busy={task.busy} onClick={end}>
            End all faults
          </Button>
        )
      }
    >
      {active.length === 0 ? (
        <p class="quiet">No fault is active. The console itself is never hit by one.</p>
      ) : (
        <ul class="faults">
          {active.map((fault, index) => (
            <li key={index}>{textOf(fault)}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function textOf({ system, fault, match, count, hits }: Fault): string {
  const which = match === '*' ? '' : `, only ${match}`;
  const left = count === null ? 'until it is ended' : `for ${count - hits} more`;
  return `${systemTitles[system]} ${kindTitles[fault]}${which}, ${left} (met ${hits} times so far)`;
}

function NewFault() {
  const [system, setSystem] = useState<FaultySystem>('stripe');
  const kinds: readonly FaultKind[] = faultKinds[system];
  const [chosen, setChosen] = useState<FaultKind>('fail');
  const fault = kinds.includes(chosen) ? chosen : (kinds[0] ?? 'fail');
  const [count, setCount] = useState('1');
  const [match, setMatch] = useState('');
  const [seconds, setSeconds] = useState('3');
  const task = useTask();
  const add = () =>
    task.run(async () => {
      const body = {
        system,
        fault,
        match: match.trim() === '' ? '*' : match.trim(),
        count: count === 'all' ? null : Number(count),
        ...(timed.has(fault) ? { ms: Math.round(Number(seconds) * 1_000) } : {}),
      };
      await control('/faults', { method: 'POST', body });
      say(`${systemTitles[system]}: the fault is active.`);
    });
  return (
    <Card title="Let something fail">
      <div class="fault-form">
        <label class="field">
          What
          <select
            value={system}
            onChange={({ currentTarget }) => setSystem(currentTarget.value as FaultySystem)}
          >
            {faultySystems.map((name) => (
              <option key={name} value={name}>
                {systemTitles[name]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          How
          <select value={fault} onChange={({ currentTarget }) => setChosen(currentTarget.value as FaultKind)}>
            {kinds.map((name) => (
              <option key={name} value={name}>
                {kindTitles[name]}
              </option>
            ))}
          </select>
        </label>
        <Count system={system} count={count} onCount={setCount} />
        {timed.has(fault) ? (
          <label class="field">
            Seconds
            <input
              type="number"
              min="0.1"
              max="600"
              step="0.1"
              value={seconds}
              onInput={({ currentTarget }) => setSeconds(currentTarget.value)}
            />
          </label>
        ) : null}
        {system === 'cards' ? null : (
          <label class="field">
            Only these calls
            <input
              type="text"
              value={match}
              placeholder={matchHints[system] ?? '*'}
              onInput={({ currentTarget }) => setMatch(currentTarget.value)}
            />
          </label>
        )}
        <Button kind="danger" icon="trouble" busy={task.busy} onClick={add}>
          Let it fail
        </Button>
      </div>
    </Card>
  );
}

const counts = ['1', '3', '10', '50', 'all'] as const;

interface CountProps {
  readonly system: FaultySystem;
  readonly count: string;
  readonly onCount: (count: string) => void;
}

function Count({ system, count, onCount }: CountProps) {
  const unit = system === 'cards' ? 'payments' : system === 'webhooks' ? 'deliveries' : 'calls';
  return (
    <label class="field">
      For how many {unit}
      <select value={count} onChange={({ currentTarget }) => onCount(currentTarget.value)}>
        {counts.map((value) => (
          <option key={value} value={value}>
            {value === 'all' ? 'until I end it' : `the next ${value}`}
          </option>
        ))}
      </select>
    </label>
  );
}
