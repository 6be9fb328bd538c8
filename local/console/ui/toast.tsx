/** Short messages about what was just done, or why it was not. */
import { signal } from '@preact/signals';

interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'danger';
  readonly text: string;
}

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;
/** Errors stay longer, because there is more to read. */
const shownMs = { ok: 4_000, danger: 10_000 } as const;

export function say(text: string, tone: Toast['tone'] = 'ok'): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.peek().slice(-2), { id, tone, text }];
  setTimeout(() => dismiss(id), shownMs[tone]);
}

export function sayError(error: unknown): void {
  say(error instanceof Error ? error.message : String(error), 'danger');
}

function dismiss(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <button key={id} type="button" class={`toast ${tone}`} title="Dismiss" onClick={() => dismiss(id)}>
          {text}
        </button>
      ))}
    </div>
  );
}
