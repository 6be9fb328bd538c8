/** Builds a value at the first need and keeps it; a failure is not kept, so that the next call tries again. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
