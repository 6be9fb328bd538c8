/** The console page: the clock, subscriptions, events and faults, with their controls. */
import { apiFaults, deliveryFaults } from '../chaos/rules.ts';
import type { Simulation } from '../control/simulation.ts';
import type { Subscription } from '../model/subscription.ts';
import { alert, type Html, html, page } from '../pages/html.ts';
import type { World } from '../world/world.ts';

/** The maximum number of rows per table; the API lists all of them. */
const MAX_ROWS = 40;

const steps: readonly (readonly [label: string, seconds: number])[] = [
  ['1 hour', 3600],
  ['1 day', 24 * 3600],
  ['1 week', 7 * 24 * 3600],
  ['31 days', 31 * 24 * 3600],
];

export function consolePage(context: Simulation, problem?: string): string {
  const { world } = context;
  return page(
    'Stripe simulator',
    html`<h1>Stripe simulator</h1>
<p class="soft">The API is at ${world.baseUrl()}/v1, the state at <a href="/_simulator">/_simulator</a>.</p>
${alert(problem)}
${clockSection(context)}
${subscriptionSection(world)}
${eventSection(world)}
${faultSection(context)}`,
    'wide',
  );
}

function clockSection({ world, due }: Simulation): Html {
  const next = due.nextAt();
  const waiting =
    next === undefined
      ? 'Nothing is scheduled.'
      : `Next: ${formatTime(next)}. ${due.size} records have scheduled work.`;
  return html`<h2>Clock</h2>
<p><strong>${formatTime(world.ownSeconds())}</strong></p>
<p class="soft">${waiting}</p>
<form method="post" action="/console/advance" class="row">
${steps.map(
  ([label, seconds]) => html`<button name="seconds" value="${seconds}">+ ${label}</button>
`,
)}
${next === undefined ? undefined : html`<button name="to" value="${next}">Next action</button>`}
</form>`;
}

function subscriptionSection(world: World): Html {
  const rows = world.store.subscriptions.newestFirst().slice(0, MAX_ROWS);
  return html`<h2>${world.store.customers.size} customers, ${world.store.subscriptions.size} subscriptions</h2>
<table>
<tr><th scope="col">Subscription</th><th scope="col">Customer</th><th scope="col">Status</th><th scope="col">Period ends</th><th scope="col">Clock</th></tr>
${rows.map((row) => subscriptionRow(world, row))}</table>`;
}

function subscriptionRow(world: World, row: Subscription): Html {
  const customer = world.store.customers.get(row.customer);
  const end = row.cancel_at ?? row.items.data[0]?.current_period_end ?? 0;
  const status = row.cancel_at !== null && row.ended_at === null ? `${row.status}, cancels` : row.status;
  return html`<tr><td>${row.id}</td><td>${customer?.email ?? row.customer}</td><td>${status}</td><td>${formatTime(row.ended_at ?? end)}</td><td>${row.test_clock ?? ''}</td></tr>
`;
}

function eventSection(world: World): Html {
  const rows = world.store.events.newestFirst().slice(0, MAX_ROWS);
  const endpoints = world.store.webhookEndpoints.oldestFirst();
  return html`<h2>Events</h2>
<table>
<tr><th scope="col">Time</th><th scope="col">Type</th><th scope="col">Object</th><th scope="col">Delivery</th></tr>
${rows.map((row) => {
  const states = endpoints.map(({ id }) => world.store.deliveries.get(`${row.id}/${id}`)?.state);
  const known = states.filter((state) => state !== undefined);
  return html`<tr><td>${formatTime(row.created)}</td><td>${row.type}</td><td>${idOf(row.snapshot)}</td><td>${known.length === 0 ? 'no endpoint' : known.join(', ')}</td></tr>
`;
})}</table>`;
}

function idOf(snapshot: object): string {
  return 'id' in snapshot && typeof snapshot.id === 'string' ? snapshot.id : '';
}

function faultSection({ chaos }: Simulation): Html {
  const rules = chaos.list();
  return html`<h2>Faults</h2>
${
  rules.length === 0
    ? html`<p class="soft">No faults are active.</p>`
    : html`<ul>
${rules.map(({ area, fault, match, count, hits }) => {
  const limit = count === null ? '' : ` of ${count}`;
  return html`<li>${area}: <strong>${fault}</strong> for ${match}, triggered ${hits}${limit}</li>
`;
})}</ul>
<form method="post" action="/console/clear-faults"><button>Turn all off</button></form>`
}
${faultForm({ area: 'api', label: 'The API', faults: apiFaults, match: 'POST /v1/*' })}
${faultForm({ area: 'deliveries', label: 'Deliveries', faults: deliveryFaults, match: '*' })}`;
}

function faultForm(choice: { area: string; label: string; faults: readonly string[]; match: string }): Html {
  const { area, label, faults, match } = choice;
  return html`<form method="post" action="/console/fault" class="row">
<input type="hidden" name="area" value="${area}">
<label>${label} <select name="fault">
${faults.map((fault) => html`<option>${fault}</option>`)}
</select></label>
<label>matching <input name="match" value="${match}"></label>
<label>times <input name="count" inputmode="numeric" value="1"></label>
<button>Turn on</button>
</form>`;
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
