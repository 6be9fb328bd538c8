/** Moves the clock of the cloud. */
import { useEffect, useState } from 'preact/hooks';
import type { ClockMove, ClockView, UserList } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { clock, nowMs } from '../../state/cloud.ts';
import { useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { dateTimeOf, spanOf } from '../../ui/format.ts';
import { Button, Card } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const steps = [
  ['An hour', HOUR_SECONDS],
  ['A day', DAY_SECONDS],
  ['A week', 7 * DAY_SECONDS],
  ['A month', 31 * DAY_SECONDS],
  ['A year', 366 * DAY_SECONDS],
] as const;

export function Clock() {
  const task = useTask();
  const move = (by: ClockMove) =>
    task.run(async () => {
      const { clockMs } = await control<ClockView>('/clock', { method: 'POST', body: by });
      say(`The clock shows ${dateTimeOf(clockMs)}.`);
    });
  return (
    <>
      <Card title="The clock of this cloud">
        <Now />
        <p class="quiet">
          Stripe, RevenueCat and the functions move together: periods end, invoices are paid, and webhooks
          arrive, in order. Cognito keeps the real time, so that sessions go on. The clock only moves forward;
          a reset sets it back.
        </p>
        <div class="row" role="group" aria-label="Move the clock forward">
          {steps.map(([title, advanceSeconds]) => (
            <Button key={title} icon="clock" busy={task.busy} onClick={() => move({ advanceSeconds })}>
              {title}
            </Button>
          ))}
        </div>
      </Card>
      <ToMoment busy={task.busy} move={move} />
    </>
  );
}

const TICK_MS = 1_000;

function Now() {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const ahead = clock.value?.aheadMs ?? 0;
  return (
    <p class="clock-now">
      <strong>{dateTimeOf(nowMs())}</strong>
      <span class="quiet">
        {ahead < 1_000 ? 'as on this machine' : `${spanOf(ahead)} ahead of this machine`}
      </span>
    </p>
  );
}

interface ToMomentProps {
  readonly busy: boolean;
  readonly move: (by: ClockMove) => void;
}

function ToMoment({ busy, move }: ToMomentProps) {
  const { data } = useControl<UserList>('/users', { lanes: ['cognito', 'dynamodb'], clock: true });
  const [chosen, setChosen] = useState<string | null>(null);
  const paying = (data?.users ?? []).filter(({ status }) => status !== 'none' && status !== 'canceled');
  const sub = chosen ?? paying[0]?.sub;
  if (sub === undefined) {
    return (
      <Card title="To a moment of a user">
        <p class="quiet">No user has a subscription that could renew.</p>
      </Card>
    );
  }
  return (
    <Card title="To a moment of a user">
      <div class="row">
        <label class="field">
          User
          <select value={sub} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {paying.map(({ sub: id, email, status }) => (
              <option key={id} value={id}>
                {email ?? id} ({status.replaceAll('_', ' ')})
              </option>
            ))}
          </select>
        </label>
        <Button icon="clock" busy={busy} onClick={() => move({ to: 'trial_end', sub })}>
          To the end of the trial
        </Button>
        <Button icon="clock" busy={busy} onClick={() => move({ to: 'renewal', sub })}>
          To the renewal
        </Button>
      </div>
      <p class="quiet small">And an hour further, when Stripe finalizes and charges the invoice.</p>
    </Card>
  );
}
