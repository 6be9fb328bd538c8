/** Tracks opened resources and closes each of them once, in reverse order, even when some fail to close. */

export interface Closable {
  close(): Promise<void>;
}

export interface Disposables {
  /** Registers the resource for `closeAll`, and returns it. */
  keep<T extends Closable>(opened: T): T;
  closeAll(): Promise<void>;
}

export function createDisposables(): Disposables {
  const opened: Closable[] = [];
  let closing: Promise<void> | undefined;

  async function closeEach(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = opened.pop(); next !== undefined; next = opened.pop()) {
      await next.close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not stop cleanly.');
  }

  return {
    keep(closable) {
      opened.push(closable);
      return closable;
    },
    closeAll() {
      closing ??= closeEach();
      return closing;
    },
  };
}
