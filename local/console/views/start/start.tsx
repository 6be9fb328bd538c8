/** The first page: takes one user from sign-up to deletion, next to the systems and a page of the app. */
import { useEffect } from 'preact/hooks';
import type { UserDetail } from '../../../control/contract.ts';
import { hrefOf, parameter } from '../../state/route.ts';
import { type Actor, act, actor } from '../../state/session.ts';
import { useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { Icon } from '../../ui/icon.tsx';
import { Button } from '../../ui/parts.tsx';
import { Sentence } from '../user/sentence.tsx';
import { SystemCards } from '../user/system-cards.tsx';
import { newEmail, PASSWORD, returnFromCheckout, startWith } from './actions.ts';
import { stageOf } from './journey.ts';
import { PaidPage } from './paid-page.tsx';
import { Steps } from './steps.tsx';

export function Start() {
  const as = actor.value;
  return as === null ? <Welcome /> : <Journey key={as.sub} as={as} />;
}

function Welcome() {
  const task = useTask();
  return (
    <div class="welcome">
      <h1>See an account work, from sign-up to deletion</h1>
      <p class="lead">
        Cognito knows who signs in, Stripe and the app stores know who pays, and your app learns from one read
        of DynamoDB what a user may do. All of them run here, on this machine.
      </p>
      <Button
        kind="primary"
        icon="user"
        class="large"
        busy={task.busy}
        onClick={() => task.run(() => startWith({ email: newEmail(), password: PASSWORD }))}
      >
        Sign up a user
      </Button>
      <p class="quiet">
        One click, with an address and a password that are made up. No card is ever charged.
      </p>
      <ul class="ways">
        <Way href={hrefOf('trouble', { panel: 'scenarios' })} title="Watch what goes wrong">
          A lost webhook, two tabs, a crash half way: each with one click.
        </Way>
        <Way href={hrefOf('users')} title="Look at the users">
          Each in Cognito, DynamoDB and Stripe, side by side.
        </Way>
        <Way href={hrefOf('timeline')} title="Follow every request">
          With all that it causes, like a distributed trace.
        </Way>
      </ul>
    </div>
  );
}

function Way({
  href,
  title,
  children,
}: {
  readonly href: string;
  readonly title: string;
  readonly children: string;
}) {
  return (
    <li>
      <a class="card" href={href}>
        <strong>
          {title} <Icon name="right" />
        </strong>
        <span class="quiet">{children}</span>
      </a>
    </li>
  );
}

function Journey({ as }: { readonly as: Actor }) {
  const { data } = useControl<UserDetail>(`/users/${encodeURIComponent(as.sub)}`, {
    user: as.sub,
    clock: true,
  });
  const stage = stageOf(as, data);
  useReturn(as);
  return (
    <div class="journey">
      <div class="journey-head">
        <h1>{as.email}</h1>
        <a class="button plain" href={hrefOf('users', { user: as.sub })}>
          <Icon name="users" />
          All about this user
        </a>
        <Button kind="plain" icon="plus" onClick={() => act(null)}>
          Another user
        </Button>
      </div>
      <div class="journey-body">
        <Steps as={as} stage={stage} />
        <div class="journey-side">
          <PaidPage actor={as} />
          {data === undefined ? <div class="placeholder tall" /> : <Sentence sentence={data.sentence} />}
        </div>
      </div>
      {data === undefined ? <div class="placeholder tall" /> : <SystemCards detail={data} brief />}
    </div>
  );
}

/** Checkout and the portal come back to this page. */
function useReturn(as: Actor): void {
  const result = parameter('checkout');
  const task = useTask();
  useEffect(() => {
    if (result !== null) task.run(() => returnFromCheckout(as, result));
  }, [result]);
}
