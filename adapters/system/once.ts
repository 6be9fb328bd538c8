/** Builds a value on first use and keeps it. After a failure, the next call tries again. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}

/**
 * Builds it while the function initializes, which Lambda does with more CPU than a request may have. A failure is none yet:
 * the first request builds again, and reports it.
 */
export function early(build: () => unknown): void {
  try {
    build();
  } catch {
    // The first request reports it.
  }
}
