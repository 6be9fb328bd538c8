/** Runs what a button starts: once at a time, with its error shown. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { sayError } from '../ui/toast.tsx';

export interface Task {
  readonly busy: boolean;
  readonly error: Error | undefined;
  /** Does nothing while an earlier run is under way. */
  readonly run: (work: () => Promise<void>) => void;
}

export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const running = useRef(false);
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  return {
    busy,
    error,
    run: (work) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setError(undefined);
      work()
        .catch((problem: unknown) => {
          sayError(problem);
          if (shown.current) setError(problem instanceof Error ? problem : new Error(String(problem)));
        })
        .finally(() => {
          running.current = false;
          if (shown.current) setBusy(false);
        });
    },
  };
}
