/** The page around the app. On React Native, there is none. */

/** Calls when the page comes to the front. Returns how to stop. */
export function whenInFront(listener: () => void): () => void {
  if (typeof document === 'undefined') return () => undefined;
  const focused = () => {
    if (document.visibilityState === 'visible') listener();
  };
  window.addEventListener('focus', focused);
  document.addEventListener('visibilitychange', focused);
  return () => {
    window.removeEventListener('focus', focused);
    document.removeEventListener('visibilitychange', focused);
  };
}

/** Removes a parameter from the address, and returns it: a reload, or a bookmark, does not have it again. */
export function takeParameter(name: string | null): string | null {
  if (name === null || typeof document === 'undefined') return null;
  const url = new URL(window.location.href);
  const value = url.searchParams.get(name);
  if (value === null) return null;
  url.searchParams.delete(name);
  window.history.replaceState(window.history.state, '', url);
  return value;
}
