/** Asks before something is lost. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useTask } from '../../state/use-task.ts';
import { Button, Dialog } from '../../ui/parts.tsx';

export interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  /** What must be typed first. */
  readonly word?: string;
  readonly work: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({ title, action, word, work, onClose, children }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  const isReady = word === undefined || typed.trim() === word;
  const start = () =>
    task.run(async () => {
      await work();
      onClose();
    });
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) start();
        }}
      >
        <div>{children}</div>
        {word === undefined ? null : (
          <label class="field">
            Type {word} to go on
            <input
              type="text"
              value={typed}
              autocomplete="off"
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          </label>
        )}
        <div class="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" type="submit" busy={task.busy} disabled={!isReady} onClick={start}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
