/** The pages of the dashboard that list objects, and the search over all of them. */
import { type Html, html } from '../pages/html.ts';
import type { World } from '../world/world.ts';
import { dashboardPage } from './frame.ts';
import { type Kind, kinds } from './kinds.ts';
import { table } from './tables.ts';

const PAGE_SIZE = 50;
const MAX_FOUND = 10;

export function listPage(world: World, kind: Kind, query: URLSearchParams): string {
  const text = query.get('q') ?? '';
  const number = Math.max(1, Math.trunc(Number(query.get('page') ?? '1')) || 1);
  const { rows, total } = kind.find(world, { text, limit: PAGE_SIZE, skip: (number - 1) * PAGE_SIZE });
  return dashboardPage(
    { title: kind.title, current: kind.name },
    html`<h1 id="list">${kind.title}</h1>
<form action="/dashboard/${kind.name}" class="row">
<label for="filter" class="hidden">Filter</label>
<input id="filter" name="q" value="${text}" placeholder="Filter: id, email, text">
<button type="submit" class="plain">Filter</button>
</form>
<p class="soft spaced" role="status">${total} ${text === '' ? 'in total' : `with “${text}”`}</p>
<div class="panel">${table(kind, rows, 'list')}</div>
${pages(kind, { text, number, total })}`,
  );
}

function pages(kind: Kind, at: { text: string; number: number; total: number }): Html | undefined {
  const { text, number, total } = at;
  if (total <= PAGE_SIZE) return undefined;
  const link = (to: number, label: string) =>
    html`<a class="button plain" href="/dashboard/${kind.name}?${new URLSearchParams({ q: text, page: String(to) }).toString()}">${label}</a>`;
  return html`<nav class="row" aria-label="Pages">${number > 1 ? link(number - 1, 'Newer') : undefined}${
    number * PAGE_SIZE < total ? link(number + 1, 'Older') : undefined
  }</nav>`;
}

export function searchPage(world: World, text: string): string {
  const found =
    text === ''
      ? []
      : kinds.map((kind) => ({ kind, ...kind.find(world, { text, limit: MAX_FOUND, skip: 0 }) }));
  const hits = found.filter(({ total }) => total > 0);
  return dashboardPage(
    { title: 'Search', search: text },
    html`<h1>Search</h1>
<p role="status">${text === '' ? 'Enter an id, an email address or any text of an object.' : hits.length === 0 ? `Nothing contains “${text}”.` : `What contains “${text}”:`}</p>
${hits.map(
  ({ kind, rows, total }) => html`<section class="panel" aria-labelledby="${kind.name}">
<h2 id="${kind.name}">${kind.title}</h2>
${table(kind, rows, kind.name)}
${total > rows.length ? html`<p class="spaced"><a href="/dashboard/${kind.name}?${new URLSearchParams({ q: text }).toString()}">All ${total}</a></p>` : undefined}
</section>
`,
)}`,
  );
}
