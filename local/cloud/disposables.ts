/** What has been opened, to be closed in the opposite order: once, completely, whatever fails on the way. */

export interface Closable {
  close(): Promise<void>;
}

export interface Disposables {
  /** Gives back what it is given, and closes it in the end. */
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
    if (failures.length > 0) throw new AggregateError(failures, 'The local cloud did not end cleanly');
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
