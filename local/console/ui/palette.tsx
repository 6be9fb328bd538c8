/** The search over users, views and actions, by keyboard alone if wanted. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { UserSummary } from '../../control/contract.ts';
import { control } from '../api.ts';
import { go, hrefOf } from '../state/route.ts';
import { Icon, type IconName } from './icon.tsx';
import { AccessBadge } from './parts.tsx';

interface Entry {
  readonly id: string;
  readonly icon: IconName;
  readonly title: string;
  readonly note?: string;
  readonly granted?: boolean;
  readonly href: string;
}

const places: readonly Entry[] = [
  { id: 'p-start', icon: 'home', title: 'Start: sign up a user', href: hrefOf('start') },
  { id: 'p-users', icon: 'users', title: 'Users', href: hrefOf('users') },
  {
    id: 'p-timeline',
    icon: 'timeline',
    title: 'Timeline of every request and webhook',
    href: hrefOf('timeline'),
  },
  { id: 'p-clock', icon: 'clock', title: 'Move the clock', href: hrefOf('trouble') },
  {
    id: 'p-faults',
    icon: 'trouble',
    title: 'Let something fail',
    href: hrefOf('trouble', { panel: 'faults' }),
  },
  {
    id: 'p-scenarios',
    icon: 'play',
    title: 'Run a scenario',
    href: hrefOf('trouble', { panel: 'scenarios' }),
  },
  {
    id: 'p-reconcile',
    icon: 'replay',
    title: 'Run reconcile',
    href: hrefOf('trouble', { panel: 'reconcile' }),
  },
  { id: 'p-data', icon: 'data', title: 'Tables', href: hrefOf('data') },
  {
    id: 'p-snapshots',
    icon: 'data',
    title: 'Snapshots, seed and reset',
    href: hrefOf('data', { panel: 'cloud' }),
  },
];

const MAX_USERS = 8;

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [selected, setSelected] = useState(0);
  const users = useUsers(text);
  const words = text.trim().toLowerCase();
  const entries = [...places.filter(({ title }) => title.toLowerCase().includes(words)), ...users];
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const open = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    dialog.current?.close();
    go(entry.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setSelected((selected + step + entries.length) % Math.max(1, entries.length));
    }
    if (event.key === 'Enter') open(entries[selected]);
  };
  return (
    <dialog ref={dialog} class="dialog palette" aria-label="Search" onClose={onClose}>
      <div class="dialog-body">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries[selected]?.id}
          aria-label="Search users and actions"
          placeholder="An address, a sub, cus_… or an action"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setSelected(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul id="palette-list" role="listbox" aria-label="Results">
          {entries.map((entry, index) => (
            <li
              key={entry.id}
              id={entry.id}
              role="option"
              aria-selected={index === selected}
              onMouseMove={() => setSelected(index)}
              onClick={() => open(entry)}
            >
              <Icon name={entry.icon} />
              <span class="grow">
                {entry.title} <span class="quiet">{entry.note}</span>
              </span>
              {entry.granted === undefined ? null : <AccessBadge granted={entry.granted} />}
            </li>
          ))}
          {entries.length === 0 ? <li class="quiet">Nothing is called that.</li> : null}
        </ul>
      </div>
    </dialog>
  );
}

function useUsers(text: string): readonly Entry[] {
  const [users, setUsers] = useState<readonly UserSummary[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    control<{ readonly users: readonly UserSummary[] }>(`/users?search=${encodeURIComponent(text.trim())}`, {
      signal: abort.signal,
    }).then(
      ({ users: found }) => setUsers(found.slice(0, MAX_USERS)),
      () => undefined,
    );
    return () => abort.abort();
  }, [text]);
  return users.map(({ sub, email, username, accessGranted, status }) => ({
    id: `u-${sub}`,
    icon: 'user',
    title: email ?? username,
    note: status,
    granted: accessGranted,
    href: hrefOf('users', { user: sub }),
  }));
}
