/** One user in every system, and what the app sees of the user now and at any other moment. */
import { useEffect } from 'preact/hooks';
import type { Difference, UserDetail } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { go, hrefOf, parameter, setParameters } from '../../state/route.ts';
import { accountAs, actAs } from '../../state/session.ts';
import { type Read, useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { Icon } from '../../ui/icon.tsx';
import { AccessBadge, Button, Card, Empty, Notice } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { openPortal } from '../start/actions.ts';
import { Delete } from '../start/steps.tsx';
import { StoryOf } from '../timeline/waterfall.tsx';
import { Moments } from './moments.tsx';
import { Months } from './months.tsx';
import { SystemCards } from './system-cards.tsx';

export function User({ sub }: { readonly sub: string }) {
  const { data, error } = useControl<UserDetail>(`/users/${encodeURIComponent(sub)}`, {
    user: sub,
    clock: true,
  });
  const differences = useDifferences(sub);
  useRawKey();
  if (data === undefined) {
    return error === undefined ? (
      <div class="placeholder tall" />
    ) : (
      <Notice tone="danger">{error.message}</Notice>
    );
  }
  return (
    <div class="user">
      <a class="back" href={hrefOf('users')}>
        <Icon name="left" />
        Users
      </a>
      <Head detail={data} />
      <Moments detail={data} />
      <Agreement detail={data} read={differences} />
      <SystemCards detail={data} differences={differences.data?.differences ?? []} />
      <Card title="Over months">
        <Months sub={sub} />
      </Card>
      <Card title="What happened">
        <StoryOf user={sub} />
      </Card>
    </div>
  );
}

function Head({ detail: { sub, summary, answer, cognito } }: { readonly detail: UserDetail }) {
  const email = summary?.email ?? sub;
  return (
    <header class="user-head">
      <h1>{email}</h1>
      <AccessBadge granted={answer.access_granted} />
      <span class="push" />
      <Button
        kind="plain"
        aria-pressed={parameter('raw') !== null}
        onClick={toggleRaw}
        title="Shows every record as it is stored"
      >
        Raw JSON <kbd>j</kbd>
      </Button>
      <a class="button plain" href={hrefOf('timeline', { user: sub })}>
        <Icon name="timeline" />
        Timeline
      </a>
      {cognito.user === null ? null : <Actions sub={sub} email={email} />}
    </header>
  );
}

function Actions({ sub, email }: { readonly sub: string; readonly email: string }) {
  const task = useTask();
  return (
    <>
      <Button
        icon="play"
        busy={task.busy}
        onClick={() =>
          task.run(async () => {
            await actAs(sub);
            go(hrefOf('start'));
          })
        }
      >
        Act as this user
      </Button>
      <Button icon="external" onClick={() => task.run(() => openPortal({ sub }))}>
        Portal
      </Button>
      <Button icon="replay" onClick={() => task.run(() => syncNow(sub))}>
        Sync
      </Button>
      <Button icon="clock" onClick={() => task.run(() => toRenewal(sub))}>
        To the renewal
      </Button>
      <Delete as={{ sub, email }} />
    </>
  );
}

async function syncNow(sub: string): Promise<void> {
  const client = await accountAs(sub);
  await client.entitlements.sync();
  say('Synced: the row shows what the payers say.');
}

async function toRenewal(sub: string): Promise<void> {
  await control('/clock', { method: 'POST', body: { to: 'renewal', sub } });
  say('The clock is an hour past the renewal, for every user.');
}

interface Differences {
  readonly differences: readonly Difference[];
}

export function useDifferences(sub: string): Read<Differences> {
  return useControl<Differences>(`/users/${encodeURIComponent(sub)}/differences`, { user: sub, clock: true });
}

/** One line on whether the systems agree about the user. */
function Agreement({
  detail: { summary },
  read,
}: {
  readonly detail: UserDetail;
  readonly read: Read<Differences>;
}) {
  const { data, error } = read;
  if (summary === null) {
    return (
      <Empty title="No system knows this user">
        <span>The account was deleted, or the sub has a typo.</span>
      </Empty>
    );
  }
  if (error !== undefined) return <Notice tone="warning">{error.message}</Notice>;
  if (data === undefined) return <Notice tone="info">Comparing the systems …</Notice>;
  const { differences } = data;
  if (differences.length === 0) return <Notice tone="ok">All systems agree about this user.</Notice>;
  return (
    <Notice tone="warning">
      The systems differ in {differences.length} {differences.length === 1 ? 'point' : 'points'}. It may
      settle by itself while webhooks are on their way;{' '}
      <a href={hrefOf('trouble', { panel: 'reconcile' })}>reconcile</a> repairs it.
    </Notice>
  );
}

function toggleRaw(): void {
  setParameters({ raw: parameter('raw') === null ? '1' : null });
}

/** `j` shows all records as JSON, and hides it again. */
function useRawKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element &&
        event.target.closest('input:not([type="range"]), textarea, select, dialog');
      if (event.key !== 'j' || event.metaKey || event.ctrlKey || event.altKey || typing) return;
      event.preventDefault();
      toggleRaw();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
