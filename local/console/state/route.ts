/** What the page shows is in its address, so that a link shows the same and Back goes back. */
import { computed, signal } from '@preact/signals';

export const viewNames = ['start', 'users', 'timeline', 'trouble', 'data'] as const;
export type ViewName = (typeof viewNames)[number];

/** The parameters of the address that are not the view: `user`, `at`, `story`, `table` and others. */
export type Parameters = Readonly<Record<string, string | null>>;

const search = signal(location.search);
addEventListener('popstate', () => {
  search.value = location.search;
});

const parameters = computed(() => new URLSearchParams(search.value));

export const view = computed<ViewName>(() => {
  const name = parameters.value.get('view');
  return viewNames.find((known) => known === name) ?? 'start';
});

/** Returns a parameter of the address. Reading it in a component renders the component again when it changes. */
export function parameter(name: string): string | null {
  return parameters.value.get(name);
}

/** The address of a view, for links. */
export function hrefOf(name: ViewName, others: Parameters = {}): string {
  const next = new URLSearchParams(name === 'start' ? {} : { view: name });
  for (const [key, value] of Object.entries(others)) if (value !== null) next.set(key, value);
  const text = next.toString();
  return text === '' ? '/' : `/?${text}`;
}

export function go(href: string): void {
  history.pushState(null, '', href);
  search.value = location.search;
  scrollTo(0, 0);
}

/** Changes parameters of the view at hand. Null removes one. Without `push`, Back does not return to the former ones. */
export function setParameters(changes: Parameters, { push = false } = {}): void {
  const next = new URLSearchParams(search.peek());
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  const text = next.toString();
  const href = text === '' ? '/' : `/?${text}`;
  if (push) history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  search.value = location.search;
}

/** Follows links to views within the page. All others load as usual. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download')) return;
  if (link.origin !== location.origin || link.pathname !== '/') return;
  event.preventDefault();
  go(link.pathname + link.search);
}
