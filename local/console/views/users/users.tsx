/** The list of users: who signs in, who pays, and what the app lets them do. */
import { useEffect, useState } from 'preact/hooks';
import type { UserList, UserSummary } from '../../../control/contract.ts';
import { overview } from '../../state/cloud.ts';
import { go, hrefOf, parameter, setParameters } from '../../state/route.ts';
import { useControl } from '../../state/use-control.ts';
import { shortId } from '../../ui/format.ts';
import { AccessBadge, Badge, Empty, Notice, Time } from '../../ui/parts.tsx';

const SETTLE_MS = 150;

export function Users() {
  const search = parameter('q') ?? '';
  const { data, error } = useControl<UserList>(`/users?search=${encodeURIComponent(search)}`, {
    lanes: ['cognito', 'dynamodb'],
    clock: true,
  });
  return (
    <div class="users">
      <header class="view-head">
        <h1>Users</h1>
        <Search initial={search} />
        <span class="quiet" role="status">
          {data === undefined ? '' : countText(data)}
        </span>
      </header>
      {error === undefined ? null : <Notice tone="danger">{error.message}</Notice>}
      {data === undefined ? <div class="placeholder tall" /> : <Listed data={data} search={search} />}
    </div>
  );
}

function countText({ users, found, total }: UserList): string {
  if (found > users.length) return `the newest ${users.length} of ${found}`;
  return found === total ? `${total} ${total === 1 ? 'user' : 'users'}` : `${found} of ${total}`;
}

function Search({ initial }: { readonly initial: string }) {
  const [text, setText] = useState(initial);
  useEffect(() => {
    const timer = setTimeout(() => setParameters({ q: text.trim() === '' ? null : text.trim() }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      class="search"
      value={text}
      placeholder="Email, sub or cus_…"
      aria-label="Search users by email, sub or customer"
      onInput={({ currentTarget }) => setText(currentTarget.value)}
    />
  );
}

function Listed({ data, search }: { readonly data: UserList; readonly search: string }) {
  if (data.total === 0) {
    return (
      <Empty title="No one has signed up yet">
        <a class="button primary" href={hrefOf('start')}>
          Sign up a user
        </a>
        <a href={hrefOf('data', { panel: 'cloud' })}>or create users of every state</a>
      </Empty>
    );
  }
  if (data.users.length === 0) return <Empty title={`No user matches “${search}”`} />;
  return (
    <div class="scroller card flush">
      <table class="list users-list">
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">Access</th>
            <th scope="col">Status</th>
            <th scope="col">Plan</th>
            <th scope="col">Source</th>
            <th scope="col">Customer</th>
            <th scope="col">Signed up</th>
          </tr>
        </thead>
        <tbody>
          {data.users.map((user) => (
            <Row key={user.sub} user={user} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ user }: { readonly user: UserSummary }) {
  const { sub, email, username, userStatus, leftover, accessGranted, status, source, customerId, createdMs } =
    user;
  const href = hrefOf('users', { user: sub });
  return (
    <tr
      onClick={({ target }) =>
        target instanceof Element && target.closest('a') === null ? go(href) : undefined
      }
    >
      <td>
        <a href={href} class="user-name">
          {email ?? username}
        </a>
        {userStatus === 'CONFIRMED' ? null : (
          <Badge status={leftover ? 'canceled' : userStatus}>{userStatus.toLowerCase()}</Badge>
        )}
        <code class="quiet small">{shortId(sub)}</code>
      </td>
      <td>
        <AccessBadge granted={accessGranted} />
      </td>
      <td>
        <Badge status={status} />
      </td>
      <td>{planName(user.plan)}</td>
      <td>{source ?? <span class="quiet">–</span>}</td>
      <td>
        <code class="quiet small">{customerId === null ? '–' : shortId(customerId)}</code>
      </td>
      <td>
        <Time ms={createdMs} />
      </td>
    </tr>
  );
}

/** The demo prices by their names; other plans by what they are called. */
function planName(plan: string | null) {
  if (plan === null) return <span class="quiet">–</span>;
  const { priceMonthly, priceYearly } = overview.value?.ids ?? {};
  if (plan === priceMonthly) return 'Pro monthly';
  if (plan === priceYearly) return 'Pro yearly';
  return <code class="small">{shortId(plan)}</code>;
}
