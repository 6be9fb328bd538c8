/** Snapshots of the whole cloud. */
import { useState } from 'preact/hooks';
import { CONTROL_PREFIX, type SnapshotInfo } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { useControl } from '../../state/use-control.ts';
import { useTask } from '../../state/use-task.ts';
import { dateTimeOf } from '../../ui/format.ts';
import { Button, Card, Notice } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { Confirm } from './confirm.tsx';
import { FileButton } from './file-button.tsx';
import { sendFile } from './files.ts';

const EXTENSION = '.json.gz';
const pathOf = (name: string) => `/snapshots/${encodeURIComponent(name)}`;

export function Snapshots() {
  const { data, error, again } = useControl<{ readonly snapshots: readonly SnapshotInfo[] }>('/snapshots', {
    lanes: [],
  });
  return (
    <Card title="Snapshots">
      <p class="quiet">
        A snapshot holds all of Cognito, DynamoDB, Stripe and RevenueCat, and the clock, in one file that you
        can share.
      </p>
      <SaveForm onSaved={again} />
      {error === undefined ? null : <Notice tone="danger">{error.message}</Notice>}
      {data?.snapshots.length === 0 ? <p class="nothing">No snapshot is kept yet.</p> : null}
      <ul class="snapshots">
        {data?.snapshots.map((snapshot) => (
          <Line key={snapshot.name} snapshot={snapshot} onChanged={again} />
        ))}
      </ul>
    </Card>
  );
}

function SaveForm({ onSaved }: { readonly onSaved: () => void }) {
  const [name, setName] = useState('');
  const task = useTask();
  const save = () =>
    task.run(async () => {
      const saved = await control<SnapshotInfo>('/snapshots', {
        method: 'POST',
        body: { name: name.trim() },
      });
      say(`The snapshot ${saved.name} is saved.`);
      setName('');
      onSaved();
    });
  const upload = (file: File) =>
    task.run(async () => {
      const called = file.name.endsWith(EXTENSION) ? file.name.slice(0, -EXTENSION.length) : file.name;
      await sendFile(`${pathOf(called.replaceAll(/[^\w .-]/g, '-').slice(0, 60))}/file`, 'PUT', file);
      say(`The snapshot ${called} is here. Restore it to use it.`);
      onSaved();
    });
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <input
        type="text"
        class="grow"
        aria-label="Name of the snapshot"
        placeholder="Name, such as before the renewal"
        maxLength={60}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Button kind="primary" type="submit" busy={task.busy} disabled={name.trim() === ''}>
        Save a snapshot
      </Button>
      <FileButton accept=".gz,application/gzip" busy={task.busy} label="Snapshot to upload" onFile={upload}>
        Upload
      </FileButton>
    </form>
  );
}

interface LineProps {
  readonly snapshot: SnapshotInfo;
  readonly onChanged: () => void;
}

function Line({ snapshot, onChanged }: LineProps) {
  const { name, createdMs, userCount, bytes, problem } = snapshot;
  const [asks, setAsks] = useState<'restore' | 'delete' | null>(null);
  const restore = async () => {
    await control(`${pathOf(name)}/restore`, { method: 'POST' });
    say(`The cloud is as it was in ${name}.`);
  };
  const remove = async () => {
    await control(pathOf(name), { method: 'DELETE' });
    onChanged();
  };
  return (
    <li>
      <div class="grow">
        <strong>{name}</strong>
        <div class="quiet small numbers">
          {dateTimeOf(createdMs)} · {userCount} {userCount === 1 ? 'user' : 'users'} · {sizeOf(bytes)}
        </div>
        {problem === null ? null : <div class="problem small">{problem}</div>}
      </div>
      <Button
        icon="replay"
        disabled={problem !== null}
        aria-label={`Restore ${name}`}
        onClick={() => setAsks('restore')}
      >
        Restore
      </Button>
      <a
        class="button plain"
        download={`${name}${EXTENSION}`}
        href={`${CONTROL_PREFIX}${pathOf(name)}/file`}
        aria-label={`Download ${name}`}
      >
        Download
      </a>
      <Button kind="quiet" icon="trash" aria-label={`Delete ${name}`} onClick={() => setAsks('delete')} />
      {asks === 'restore' ? (
        <Confirm title={`Restore ${name}?`} action="Restore it" work={restore} onClose={() => setAsks(null)}>
          All that is in the cloud now is replaced: users, rows, customers, purchases and the clock. Save a
          snapshot first to keep it.
        </Confirm>
      ) : null}
      {asks === 'delete' ? (
        <Confirm title={`Delete ${name}?`} action="Delete it" work={remove} onClose={() => setAsks(null)}>
          The file is deleted. The cloud stays as it is.
        </Confirm>
      ) : null}
    </li>
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1_048_576
    ? `${Math.max(1, Math.round(bytes / 1_024))} kB`
    : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
