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

/** `path` null: reads nothing yet. */
export function useControl<T>(path: string | null, freshness: Freshness = {}): Read<T> {
  const [state, setState] = useState<{ path: string | null; data?: T; error?: Error; loading: boolean }>({
    path,
    loading: path !== null,
  });
  const [reads, setReads] = useState(0);
  const wanted = useRef(freshness);
  wanted.current = freshness;

  useEffect(() => {
    if (path === null) return undefined;
    const abort = new AbortController();
    setState((before) => (before.path === path ? { ...before, loading: true } : { path, loading: true }));
    control<T>(path, { signal: abort.signal }).then(
      (data) => setState({ path, data, loading: false }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const problem = error instanceof Error ? error : new Error(String(error));
        setState((before) => ({ ...before, path, error: problem, loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, reads]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onControlEvent((event) => {
      if (!matters(event, wanted.current) || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        setReads((count) => count + 1);
      }, GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);

  const current = state.path === path;
  return {
    data: current ? state.data : undefined,
    error: current ? state.error : undefined,
    loading: state.loading || !current,
    again: () => setReads((count) => count + 1),
  };
}

function matters(event: ControlEvent, { lanes, user = null, clock = false }: Freshness): boolean {
  if (event.kind === 'reset') return true;
  if (event.kind === 'clock') return clock;
  if (event.kind !== 'changed') return false;
  if (lanes !== undefined && !event.lanes.some((lane) => lanes.includes(lane))) return false;
  return user === null || event.users.length === 0 || event.users.includes(user);
}
