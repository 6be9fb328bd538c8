/** The steps of the way, each with its buttons and with the commands that do the same. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { overview } from '../../state/cloud.ts';
import { type Actor, act } from '../../state/session.ts';
import { useTask } from '../../state/use-task.ts';
import { Icon } from '../../ui/icon.tsx';
import { Button, CopyButton, Dialog, Terminal } from '../../ui/parts.tsx';
import { confirm, deleteAccount, openPortal, signInAgain, subscribe } from './actions.ts';
import { isDone, type Stage, stages } from './journey.ts';

export interface StepsProps {
  readonly as: Actor;
  readonly stage: Stage | 'reading';
}

const titles: Readonly<Record<Stage, string>> = {
  sign_up: 'Sign up',
  confirm: 'Confirm the address',
  sign_in: 'Sign in',
  subscribe: 'Subscribe',
  use: 'Manage, or delete the account',
  deleted: 'Deleted everywhere',
};

export function Steps({ as, stage }: StepsProps) {
  return (
    <ol class="steps" aria-label="Steps">
      {stages.map((name) => (
        <li
          key={name}
          class={isDone(name, stage) ? 'done' : name === stage ? 'current' : 'ahead'}
          aria-current={name === stage ? 'step' : undefined}
        >
          <span class="mark" aria-hidden="true">
            {isDone(name, stage) ? <Icon name="check" /> : stages.indexOf(name) + 1}
          </span>
          <div class="step-body">
            <h2>{titles[name]}</h2>
            {name === stage ? <StepOf name={name} as={as} /> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}

function StepOf({ name, as }: { readonly name: Stage; readonly as: Actor }) {
  switch (name) {
    case 'confirm':
      return <Confirm as={as} />;
    case 'sign_in':
      return <SignIn as={as} />;
    case 'subscribe':
      return <Subscribe as={as} />;
    case 'use':
      return <Use as={as} />;
    default:
      return <Deleted />;
  }
}

function Confirm({ as }: { readonly as: Actor }) {
  const task = useTask();
  const code = overview.value?.confirmationCode ?? '';
  return (
    <>
      <p>
        Cognito has sent a code to the address. Confirming fires the trigger, which creates the Stripe
        customer, the profile and the entitlement row.
      </p>
      <Button kind="primary" busy={task.busy} onClick={() => task.run(() => confirm(as))}>
        Confirm with the code {code}
      </Button>
      <Commands of={['environment', 'sign_up']} as={as} />
    </>
  );
}

function SignIn({ as }: { readonly as: Actor }) {
  const task = useTask();
  return (
    <>
      <p>The local Cognito checks the password and signs the tokens that your app sends along.</p>
      <Button kind="primary" icon="lock" busy={task.busy} onClick={() => task.run(() => signInAgain(as))}>
        Sign in
      </Button>
      <Commands of={['sign_in']} as={as} />
    </>
  );
}

function Subscribe({ as }: { readonly as: Actor }) {
  const task = useTask();
  const buy = (price: string) => task.run(() => subscribe(as, price));
  return (
    <>
      <p>The API opens a Checkout session. Pay there with a test card; Checkout comes back to this page.</p>
      <div class="row">
        <Button kind="primary" icon="card" busy={task.busy} onClick={() => buy('pro_monthly')}>
          Subscribe monthly
        </Button>
        <Button icon="card" busy={task.busy} onClick={() => buy('pro_yearly')}>
          Yearly
        </Button>
      </div>
      <Cards />
      <div class="row end">
        <Delete as={as} />
      </div>
      <Commands of={['subscribe']} as={as} />
    </>
  );
}

function Cards() {
  return (
    <details class="terminal">
      <summary>Test cards</summary>
      <dl class="facts cards">
        {(overview.value?.testCards ?? []).map(({ number, meaning }) => (
          <>
            <dt>
              <code>{number}</code>
              <CopyButton text={number} label={`Copy ${number}`} />
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
    </details>
  );
}

function Use({ as }: { readonly as: Actor }) {
  const task = useTask();
  return (
    <>
      <p>
        In the portal the user changes the plan or the card, or cancels. The webhook updates the row; watch
        the columns below. Deleting ends the subscription and removes the user from every system.
      </p>
      <div class="row">
        <Button
          kind="primary"
          icon="external"
          busy={task.busy}
          onClick={() => task.run(() => openPortal(as))}
        >
          Open the billing portal
        </Button>
        <Delete as={as} />
      </div>
      <Commands of={['portal', 'delete']} as={as} />
    </>
  );
}

function Deleted() {
  return (
    <>
      <p>Cognito, DynamoDB and Stripe hold nothing of this user that could bill or let someone in.</p>
      <Button kind="primary" icon="plus" onClick={() => act(null)}>
        Start again with another user
      </Button>
    </>
  );
}

export function Delete({ as }: { readonly as: Pick<Actor, 'sub' | 'email'> }) {
  const [asking, setAsking] = useState(false);
  const task = useTask();
  return (
    <>
      <Button kind="danger" icon="trash" busy={task.busy} onClick={() => setAsking(true)}>
        Delete the account
      </Button>
      {asking ? (
        <Dialog title={`Delete ${as.email}?`} onClose={() => setAsking(false)}>
          <p>
            This calls <code>DELETE /me/account</code> as the user: the subscription is canceled, and the user
            is removed from Stripe, DynamoDB and Cognito. It cannot be undone.
          </p>
          <div class="row end">
            <Button
              kind="danger"
              icon="trash"
              onClick={() => {
                setAsking(false);
                task.run(() => deleteAccount(as));
              }}
            >
              Delete permanently
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}

/** The walkthrough is written for one address. */
const WALKTHROUGH_EMAIL = 'ada@example.com';

export function Commands({
  of,
  as,
}: {
  readonly of: readonly string[];
  readonly as?: Pick<Actor, 'email'>;
}): ComponentChildren {
  const known = overview.value?.commands ?? [];
  const commands = known.filter(({ name }) => of.includes(name)).map((step) => step.commands);
  return (
    <Terminal commands={commands.join('\n').replaceAll(WALKTHROUGH_EMAIL, as?.email ?? WALKTHROUGH_EMAIL)} />
  );
}
