/** The frame around every view: navigation, clock, active faults, and whether the cloud answers. */
import { useEffect, useState } from 'preact/hooks';
import { clock, connection, faults, overview } from './state/cloud.ts';
import { hrefOf, parameter, type ViewName, view } from './state/route.ts';
import { spanOf } from './ui/format.ts';
import { Icon, type IconName } from './ui/icon.tsx';
import { Palette } from './ui/palette.tsx';
import { Button, Notice } from './ui/parts.tsx';
import { Toasts } from './ui/toast.tsx';
import { Data } from './views/data/data.tsx';
import { Start } from './views/start/start.tsx';
import { Timeline } from './views/timeline/timeline.tsx';
import { Trouble } from './views/trouble/trouble.tsx';
import { User } from './views/user/user.tsx';
import { Users } from './views/users/users.tsx';

interface Place {
  readonly name: ViewName;
  readonly title: string;
  readonly icon: IconName;
}

const places: readonly Place[] = [
  { name: 'start', title: 'Start', icon: 'home' },
  { name: 'users', title: 'Users', icon: 'users' },
  { name: 'timeline', title: 'Timeline', icon: 'timeline' },
  { name: 'trouble', title: 'Time and trouble', icon: 'trouble' },
  { name: 'data', title: 'Data', icon: 'data' },
];

export function Frame() {
  const [searching, setSearching] = useState(false);
  useShortcuts(() => setSearching(true));
  useTitle();
  return (
    <div class="frame">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="topbar">
        <a class="brand" href="/">
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M5 4h8.5a5.5 5.5 0 0 1 0 11H9v5H5z" />
          </svg>
          <span>
            Predixa <span class="quiet">local cloud</span>
          </span>
        </a>
        <Button
          kind="plain"
          icon="search"
          class="search-button"
          aria-label="Search users and actions"
          aria-keyshortcuts="/"
          onClick={() => setSearching(true)}
        >
          <span class="wide-only">Search users and actions</span>
          <kbd class="wide-only">/</kbd>
        </Button>
        <State />
      </header>
      <nav class="places" aria-label="Views">
        {places.map(({ name, title, icon }) => (
          <a key={name} href={hrefOf(name)} aria-current={view.value === name ? 'page' : undefined}>
            <Icon name={icon} />
            <span>{title}</span>
          </a>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        {connection.value === 'lost' ? (
          <Notice tone="danger">
            The local cloud does not answer. Start it again with <code>npm start</code>; this page connects by
            itself.
          </Notice>
        ) : null}
        <View />
      </main>
      {searching ? <Palette onClose={() => setSearching(false)} /> : null}
      <Toasts />
    </div>
  );
}

function View() {
  const user = parameter('user');
  switch (view.value) {
    case 'users':
      return user === null ? <Users /> : <User key={user} sub={user} />;
    case 'timeline':
      return <Timeline />;
    case 'trouble':
      return <Trouble />;
    case 'data':
      return <Data />;
    default:
      return <Start />;
  }
}

/** What is not as usual: the clock is ahead, or something fails on purpose. */
function State() {
  const ahead = clock.value?.aheadMs ?? 0;
  const active = faults.value.length;
  return (
    <div class="state">
      {ahead > 60_000 ? (
        <a
          class="chip"
          href={hrefOf('trouble', { panel: 'clock' })}
          title={`The clock is ${spanOf(ahead)} ahead`}
        >
          <Icon name="clock" />
          <span class="wide-only">+ {spanOf(ahead)}</span>
          <span class="visually-hidden narrow-only">The clock is {spanOf(ahead)} ahead</span>
        </a>
      ) : null}
      {active > 0 ? (
        <a class="chip warning" href={hrefOf('trouble', { panel: 'faults' })}>
          <Icon name="trouble" />
          {active} <span class="wide-only">{active === 1 ? 'fault' : 'faults'} active</span>
          <span class="visually-hidden narrow-only">{active === 1 ? 'fault' : 'faults'} active</span>
        </a>
      ) : null}
      <span class={`dot ${connection.value}`} role="img" aria-label={`Connection: ${connection.value}`} />
    </div>
  );
}

/** `/` and Ctrl-K open the search, unless someone types. */
function useShortcuts(search: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element && event.target.closest('input, textarea, select, dialog');
      const isCommand = event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey);
      if (!isCommand && (event.key !== '/' || typing)) return;
      event.preventDefault();
      search();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function useTitle(): void {
  const title = places.find(({ name }) => name === view.value)?.title ?? '';
  const users = overview.value?.userCount;
  useEffect(() => {
    document.title = `${title} · Predixa local cloud`;
  }, [title, users]);
}
