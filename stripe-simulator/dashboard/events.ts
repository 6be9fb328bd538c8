/** Events on the dashboard: their objects, and their deliveries to endpoints and to the CLI, with every attempt. */
import type { Delivery, EventRecord } from '../model/event.ts';
import { formatTime } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { badge } from '../pages/layout.ts';
import type { World } from '../world/world.ts';

export function objectIdOf(snapshot: object): string | undefined {
  return 'id' in snapshot && typeof snapshot.id === 'string' ? snapshot.id : undefined;
}

export function deliveriesOf({ store }: World, event: string): Delivery[] {
  return store.deliveries.where('event', event);
}

export function deliveryBadges(world: World, event: string): Html | string {
  const rows = deliveriesOf(world, event);
  return rows.length === 0 ? 'no endpoint' : html`${rows.map(({ state }) => badge(state))}`;
}

/** Returns the latest events about an object, or about what belongs to it. */
export function eventsAbout({ store }: World, id: string, limit: number): EventRecord[] {
  const isAbout = ({ snapshot }: EventRecord) =>
    objectIdOf(snapshot) === id || ('customer' in snapshot && snapshot.customer === id);
  return store.events.newestFirst().filter(isAbout).slice(0, limit);
}

export function deliverySection(world: World, event: EventRecord): Html {
  const rows = deliveriesOf(world, event.id);
  return html`<section class="panel" aria-labelledby="deliveries">
<h2 id="deliveries">Deliveries</h2>
${rows.length === 0 ? html`<p class="soft">No endpoint receives this event.</p>` : rows.map((row) => delivery(row))}
</section>`;
}

function delivery({ id, url, state, attempts }: Delivery): Html {
  return html`<div class="item">
<div class="row between"><span><strong>${url}</strong> ${badge(state)}</span>
<form method="post" action="/dashboard/resend" class="inline">
<input type="hidden" name="delivery" value="${id}">
<button type="submit" class="plain">Resend</button>
</form></div>
<ol>
${attempts.map(
  ({
    at,
    status,
    error,
  }) => html`<li>${formatTime(at)}: ${status === null ? (error ?? 'no answer') : `HTTP ${status}`}</li>
`,
)}</ol>
</div>
`;
}
