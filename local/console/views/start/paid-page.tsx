/** A sample page that only users with access may see, as an app would show it to the user at hand. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { AccountError, type Entitlements } from '../../../../client/core/index.ts';
import { onControlEvent } from '../../state/cloud.ts';
import { type Actor, accountAs } from '../../state/session.ts';
import { useTask } from '../../state/use-task.ts';
import { dateOf } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Json } from '../../ui/json.tsx';
import { Button } from '../../ui/parts.tsx';
import { isExpired, signInAgain } from './actions.ts';

interface Shown {
  readonly answer?: Entitlements;
  readonly error?: unknown;
}

export function PaidPage({ actor }: { readonly actor: Actor }) {
  const { shown, again } = useEntitlements(actor);
  const task = useTask();
  const signIn = () => task.run(() => signInAgain(actor).then(again));
  return (
    <section class="browser" aria-label="A page of the app">
      <div class="browser-bar" aria-hidden="true">
        <i />
        <i />
        <i />
        <span>app.example.com/paid</span>
      </div>
      <div class="browser-page">{pageOf(shown, actor.idToken === null, signIn)}</div>
      {shown.answer === undefined ? null : (
        <details class="terminal">
          <summary>What the page was answered: GET /me/entitlements</summary>
          <Json value={shown.answer} label="The answer of GET /me/entitlements" />
        </details>
      )}
    </section>
  );
}

function pageOf({ answer, error }: Shown, signedOut: boolean, signIn: () => void): ComponentChildren {
  if (signedOut || isExpired(error)) {
    return (
      <Locked title={signedOut ? 'Sign in to read on' : 'Your session has expired'}>
        <Button kind="primary" onClick={signIn}>
          {signedOut ? 'Sign in' : 'Sign in again'}
        </Button>
      </Locked>
    );
  }
  if (answer === undefined) {
    const message = error instanceof AccountError ? error.message : 'Asking what this user may do …';
    return <Locked title={error === undefined ? 'One moment' : 'The page cannot be shown'}>{message}</Locked>;
  }
  if (!answer.access_granted)
    return <Locked title="This page is for subscribers">{answer.access_reason}</Locked>;
  const end = answer.trial_expires_at ?? answer.current_period_end;
  return (
    <div class="unlocked">
      <Icon name="check" />
      <h3>Welcome in</h3>
      <p>
        This page reads <code>access_granted: true</code> ({answer.access_reason.replaceAll('_', ' ')})
        {end === null ? '' : `, until ${dateOf(end * 1000)}`}.
      </p>
    </div>
  );
}

function Locked({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="locked">
      <Icon name="lock" />
      <h3>{title}</h3>
      <p>{children}</p>
    </div>
  );
}

/** Reads again whenever something about the user may have changed. */
function useEntitlements(actor: Actor): { readonly shown: Shown; readonly again: () => void } {
  const [shown, setShown] = useState<Shown>({});
  const [reads, setReads] = useState(0);
  const again = () => setReads((count) => count + 1);
  useEffect(() => {
    if (actor.idToken === null) return undefined;
    const abort = new AbortController();
    accountAs(actor.sub)
      .then((client) => client.entitlements.get({ signal: abort.signal }))
      .then(
        (answer) => setShown({ answer }),
        (error: unknown) => {
          if (!abort.signal.aborted) setShown({ error });
        },
      );
    return () => abort.abort();
  }, [actor, reads]);
  useEffect(
    () =>
      onControlEvent((event) => {
        const matters =
          event.kind === 'changed' && (event.users.length === 0 || event.users.includes(actor.sub));
        if (event.kind === 'clock' || event.kind === 'reset' || (matters && event.lanes.includes('dynamodb')))
          again();
      }),
    [actor.sub],
  );
  return { shown, again };
}
