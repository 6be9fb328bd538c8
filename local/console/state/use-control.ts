/** Reads from the control API, and reads again when the cloud says that the answer may have changed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ControlEvent, Lane } from '../../control/contract.ts';
import { control } from '../api.ts';
import { onControlEvent } from './cloud.ts';

export interface Read<T> {
  /** The newest answer. It stays while a newer one is read, so that nothing jumps. */
  readonly data: T | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
  readonly again: () => void;
}

export interface Freshness {
  /** Changes of these systems matter. Default: all. */
  readonly lanes?: readonly Lane[];
  /** Only changes of this user matter, and changes of no certain user. */
  readonly user?: string | null;
  /** Moves of the clock matter. */
  readonly clock?: boolean;
}

/** Changes often come in groups. Reading once for all of them is enough. */
const GATHER_MS = 80;

interface State<T> {
  readonly path: string | null;
  readonly data?: T;
  readonly error?: Error;
  readonly loading: boolean;
}

/** `path` null: reads nothing yet. */
export function useControl<T>(path: string | null, freshness: Freshness = {}): Read<T> {
  const [state, setState] = useState<State<T>>({ path, loading: path !== null });
  const wanted = useRef(freshness);
  wanted.current = freshness;
  const readAgain = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (path === null) return undefined;
    const reader = readerOf<T>(path, (next) =>
      setState((before) => ({ ...(before.path === path ? before : {}), ...next, path })),
    );
    readAgain.current = () => reader.read();
    reader.read();
    const stop = onControlEvent((event) => {
      if (matters(event, wanted.current)) reader.readSoon();
    });
    return () => {
      stop();
      reader.close();
    };
  }, [path]);

  const current = state.path === path;
  return {
    data: current ? state.data : undefined,
    error: current ? state.error : undefined,
    loading: state.loading || !current,
    again: () => readAgain.current(),
  };
}

interface Reader {
  read(): void;
  /** Gathers changes, and waits for a read that is under way: a busy cloud must not keep every answer from arriving. */
  readSoon(): void;
  close(): void;
}

function readerOf<T>(path: string, show: (next: Omit<State<T>, 'path'>) => void): Reader {
  const abort = new AbortController();
  let reading = false;
  let isOutdated = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const done = () => {
    reading = false;
    if (isOutdated) read();
  };
  function read(): void {
    isOutdated = reading;
    if (reading || abort.signal.aborted) return;
    reading = true;
    control<T>(path, { signal: abort.signal })
      .then(
        (data) => show({ data, loading: false }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          show({ error: error instanceof Error ? error : new Error(String(error)), loading: false });
        },
      )
      .finally(done);
  }
  return {
    read,
    readSoon() {
      timer ??= setTimeout(() => {
        timer = undefined;
        read();
      }, GATHER_MS);
    },
    close() {
      clearTimeout(timer);
      abort.abort();
    },
  };
}

function matters(event: ControlEvent, { lanes, user = null, clock = false }: Freshness): boolean {
  if (event.kind === 'reset') return true;
  if (event.kind === 'clock') return clock;
  if (event.kind !== 'changed') return false;
  if (lanes !== undefined && !event.lanes.some((lane) => lanes.includes(lane))) return false;
  return user === null || event.users.length === 0 || event.users.includes(user);
}
