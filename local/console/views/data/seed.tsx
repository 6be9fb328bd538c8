/** Seeds users of every state, and empties the cloud. */
import { useRef, useState } from 'preact/hooks';
import type { SeedResult } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { hrefOf } from '../../state/route.ts';
import { useTask } from '../../state/use-task.ts';
import { Button, Card } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { Confirm } from './confirm.tsx';

/** So many are asked for at once, so that the progress is seen and the rest can be called off. */
const BATCH = 4;
const DEFAULT_COUNT = 13;
const MAX_COUNT = 500;

export function Seed() {
  const [count, setCount] = useState(DEFAULT_COUNT);
  const [done, setDone] = useState<number | null>(null);
  const stopped = useRef(false);
  const task = useTask();
  const seed = async () => {
    stopped.current = false;
    let created = 0;
    setDone(0);
    try {
      while (created < count && !stopped.current) {
        const body = { count: Math.min(BATCH, count - created) };
        created += (await control<SeedResult>('/seed', { method: 'POST', body })).created;
        setDone(created);
      }
    } finally {
      setDone(null);
    }
    say(`${created} ${created === 1 ? 'user is' : 'users are'} created.`);
  };
  const isValid = Number.isInteger(count) && count >= 1 && count <= MAX_COUNT;
  return (
    <Card title="Seed">
      <p class="quiet">
        Creates users of every state, through the same doors as an app: never paid, in a trial, active, past
        due, canceled, refunded, paused, deleted, paid on the iPhone and others. Their password is
        Correct-horse-1.
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (isValid) task.run(seed);
        }}
      >
        <label class="row">
          Users
          <input
            type="number"
            class="seed-count"
            min={1}
            max={MAX_COUNT}
            value={Number.isNaN(count) ? '' : count}
            onInput={({ currentTarget }) => setCount(currentTarget.valueAsNumber)}
          />
        </label>
        <Button kind="primary" type="submit" busy={task.busy} disabled={!isValid}>
          Create them
        </Button>
        {done === null ? (
          <a href={hrefOf('users')}>See the users</a>
        ) : (
          <>
            <progress max={count} value={done} aria-label="Users created" />
            <span class="numbers" role="status">
              {done} of {count}
            </span>
            <Button
              kind="quiet"
              onClick={() => {
                stopped.current = true;
              }}
            >
              Stop
            </Button>
          </>
        )}
      </form>
    </Card>
  );
}

export function Reset() {
  const [asks, setAsks] = useState(false);
  const reset = async () => {
    await control('/reset', { method: 'POST' });
    say('The cloud is empty.');
  };
  return (
    <Card title="Reset">
      <p class="quiet">
        Deletes all users, rows, customers, purchases and spans, ends all faults and sets the clock back.
        Snapshots stay.
      </p>
      <Button kind="danger" icon="trash" onClick={() => setAsks(true)}>
        Reset the cloud
      </Button>
      {asks ? (
        <Confirm
          title="Reset the cloud?"
          action="Delete everything"
          word="reset"
          work={reset}
          onClose={() => setAsks(false)}
        >
          Everything in Cognito, DynamoDB, Stripe and RevenueCat is deleted permanently, except the snapshots.
        </Confirm>
      ) : null}
    </Card>
  );
}
