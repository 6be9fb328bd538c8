/** The page of one object: what it refers to, what refers to it, its events and its JSON. */
import type { EventRecord } from '../model/event.ts';
import type { TestClock } from '../model/test-clock.ts';
import { formatTime } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { alert, badge } from '../pages/layout.ts';
import { render } from '../render/render.ts';
import { renderEvent } from '../render/render-event.ts';
import { renderThinEvent } from '../render/render-thin-event.ts';
import { findObject } from '../store/store.ts';
import { DEFAULT_API_VERSION, type World } from '../world/world.ts';
import { deliveryBadges, deliverySection, eventsAbout, objectIdOf } from './events.ts';
import { dashboardPage } from './frame.ts';
import { kinds } from './kinds.ts';
import { objectLink, table } from './tables.ts';

const MAX_RELATED = 10;
const MAX_EVENTS = 30;

/** Returns the page of an object, or undefined if there is none with the id. */
export function objectPage(world: World, id: string, problem?: string): string | undefined {
  const event = world.store.events.get(id);
  const found = event ?? findDashboardObject(world, id);
  if (found === undefined) return undefined;
  const { store } = world;
  const reader = { store, version: DEFAULT_API_VERSION };
  const json = event === undefined ? render(found, reader) : eventJson(event, reader);
  const name = event?.type ?? ('object' in found ? String(found.object) : 'object').replaceAll(/[._]/g, ' ');
  return dashboardPage(
    { title: id, isError: problem !== undefined },
    html`<h1>${id}</h1>
<p class="row"><span class="soft">${name}</span> ${'status' in found && typeof found.status === 'string' ? badge(found.status) : undefined} ${hostedPage(found)}</p>
${alert(problem)}
${event === undefined ? undefined : html`<p>About ${objectLink(objectIdOf(event.snapshot))}</p>`}
${event === undefined ? undefined : deliverySection(world, event)}
${id.startsWith('clock_') ? clockForm(found as TestClock) : undefined}
<section class="panel" aria-labelledby="json">
<h2 id="json">JSON</h2>
<pre tabindex="0" role="group" aria-labelledby="json">${linkedJson(world, json)}</pre>
</section>
${event === undefined ? related(world, id) : undefined}
${event === undefined ? events(world, id) : undefined}`,
  );
}

function eventJson(event: EventRecord, reader: Parameters<typeof renderEvent>[1]): object {
  return event.thin_only === true
    ? renderThinEvent({ record: event, type: event.type })
    : renderEvent(event, reader);
}

function findDashboardObject({ store }: World, id: string): object | undefined {
  return findObject(store, id) ?? store.webhookEndpoints.get(id) ?? store.subscriptions.where('item', id)[0];
}

/** The link to the page that the customer sees. */
function hostedPage(found: object): Html | undefined {
  const page =
    'hosted_invoice_url' in found && found.hosted_invoice_url !== null && 'id' in found
      ? ([`/i/${String(found.id)}`, 'Hosted invoice page'] as const)
      : 'object' in found && found.object === 'checkout.session' && 'id' in found
        ? ([`/c/pay/${String(found.id)}`, 'Checkout page'] as const)
        : undefined;
  return page === undefined ? undefined : html`<a href="${page[0]}">${page[1]}</a>`;
}

function related(world: World, id: string): Html[] {
  return kinds
    .filter(({ name }) => name !== 'events')
    .flatMap((kind) => {
      const { rows, total } = kind.find(world, { text: `"${id}"`, limit: MAX_RELATED, skip: 0, except: id });
      if (rows.length === 0) return [];
      return html`<section class="panel" aria-labelledby="${kind.name}">
<h2 id="${kind.name}">${kind.title}</h2>
${table(kind, rows, kind.name)}
${total > rows.length ? html`<p class="spaced"><a href="/dashboard/${kind.name}?q=${encodeURIComponent(id)}">All ${total}</a></p>` : undefined}
</section>`;
    });
}

function events(world: World, id: string): Html | undefined {
  const rows = eventsAbout(world, id, MAX_EVENTS);
  if (rows.length === 0) return undefined;
  const columns = ['Time', 'Type', 'Object', 'Delivery'];
  const cells = ({ id: event, created, type, snapshot }: EventRecord) => [
    formatTime(created),
    objectLink(event, type),
    objectLink(objectIdOf(snapshot)),
    deliveryBadges(world, event),
  ];
  return html`<section class="panel" aria-labelledby="events">
<h2 id="events">Events</h2>
${table({ columns }, rows.map(cells), 'events')}
</section>`;
}

function clockForm({ id, frozen_time: time, status }: TestClock): Html {
  const steps = [
    ['1 hour', 3600],
    ['1 day', 86_400],
    ['1 week', 7 * 86_400],
    ['31 days', 31 * 86_400],
  ] as const;
  return html`<section class="panel" aria-labelledby="advance">
<h2 id="advance">Time</h2>
<p><strong>${formatTime(time)}</strong> ${badge(status)}</p>
<form method="post" action="/dashboard/advance-clock" class="row">
<input type="hidden" name="clock" value="${id}">
${steps.map(
  ([
    label,
    seconds,
  ]) => html`<button class="plain" name="frozen_time" value="${time + seconds}">+ ${label}</button>
`,
)}</form>
</section>`;
}

/** Renders JSON with a link at each id of an object that exists. */
function linkedJson(world: World, value: unknown): Html {
  const text = JSON.stringify(value, null, 2);
  const parts = text.split(/("[a-z]+_[A-Za-z0-9_]+")/);
  return html`${parts.map((part, index) => {
    const id = part.slice(1, -1);
    const isObject =
      index % 2 === 1 && (findDashboardObject(world, id) ?? world.store.events.get(id)) !== undefined;
    return isObject ? html`"<a href="/dashboard/objects/${id}">${id}</a>"` : part;
  })}`;
}
