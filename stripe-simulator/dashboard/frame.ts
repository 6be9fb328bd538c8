/** The frame of the dashboard's pages: the navigation and the search. */
import { type Html, html } from '../pages/html.ts';
import { page } from '../pages/layout.ts';
import { kinds } from './kinds.ts';

export interface View {
  readonly title: string;
  /** The name of the current tab, if any. */
  readonly current?: string;
  /** The text that is searched for. */
  readonly search?: string;
  readonly isError?: boolean;
}

export function dashboardPage({ title, current, search = '', isError = false }: View, content: Html): string {
  const tab = (name: string, href: string, label: string) =>
    html`<a href="${href}"${name === current ? html` aria-current="page"` : undefined}>${label}</a>
`;
  const navigation = html`<nav class="tabs" aria-label="Dashboard">
${tab('overview', '/', 'Overview')}${kinds
  .filter(({ isTab }) => isTab)
  .map(({ name, title }) => tab(name, `/dashboard/${name}`, title))}
<form action="/dashboard/search" role="search">
<input type="search" name="q" aria-label="Search all objects" placeholder="Search: id, email, text" value="${search}">
<button type="submit" class="plain">Search</button>
</form>
</nav>`;
  return page({ title: `${title} · Dashboard`, kind: 'wide', navigation, isError }, content);
}
