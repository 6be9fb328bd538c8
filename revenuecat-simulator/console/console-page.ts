/** The page at `/`: the device of every customer, with what it bought, and the clock. */
import type { Simulation } from '../control/simulation.ts';
import { ownedBy } from '../customers/ownership.ts';
import type { Customer } from '../model/customer.ts';
import type { EventBody } from '../model/event.ts';
import type { Purchase } from '../model/purchase.ts';
import type { Subscription } from '../model/subscription.ts';
import { alert, type Html, html, page } from '../pages/html.ts';
import { type Action, customerActions, type Input, subscriptionActions } from './actions.ts';

/** The maximum number of rows per table; `/_simulator` lists all of them. */
const MAX_ROWS = 40;

const steps: readonly (readonly [label: string, seconds: number])[] = [
  ['5 minutes', 300],
  ['1 day', 24 * 3600],
  ['1 week', 7 * 24 * 3600],
  ['31 days', 31 * 24 * 3600],
];

export function consolePage(context: Simulation, problem?: string): string {
  return page(
    'RevenueCat simulator',
    html`<h1>RevenueCat simulator</h1>
<p class="soft">The API is at ${context.baseUrl()}/v2/projects/${context.world.projectId}, the state at <a href="/_simulator">/_simulator</a>.</p>
${alert(problem)}
${clockSection(context)}
${newCustomer(context)}
${context.world.store.customers
  .newestFirst()
  .slice(0, MAX_ROWS)
  .map((row) => customerSection(context, row))}
${ownerlessSection(context)}
${eventSection(context)}`,
  );
}

function clockSection({ world, due }: Simulation): Html {
  const next = due.nextAt();
  return html`<h2>Clock</h2>
<p><strong>${formatTime(world.nowMs())}</strong></p>
<p class="soft">${next === undefined ? 'Nothing is scheduled.' : `Next: ${formatTime(next)}.`}</p>
<form method="post" action="/console/clock/advance" class="row">
${steps.map(
  ([label, seconds]) => html`<button name="seconds" value="${seconds}">+ ${label}</button>
`,
)}
${next === undefined || next <= world.nowMs() ? undefined : html`<button name="to_ms" value="${next}">Next action</button>`}
</form>`;
}

function newCustomer({ world }: Simulation): Html {
  return html`<h2>${world.store.customers.size} customers</h2>
<form method="post" action="/console/open" class="row">
<label>App user id <input name="customer_id" placeholder="anonymous"></label>
<button>Open the app</button>
</form>`;
}

function customerSection(context: Simulation, row: Customer): Html {
  const owned = ownedBy(context.world, row.id);
  const others = row.aliases.filter(({ id }) => id !== row.id).map(({ id }) => id);
  return html`<section>
<h3>${row.id}</h3>
<p class="soft">${others.length === 0 ? 'No aliases' : `Aliases: ${others.join(', ')}`}; seen ${formatTime(row.last_seen_at)}</p>
${ownedTable(owned.subscriptions, owned.purchases)}
<div class="row">${customerActions(context.world).map((action) => actionForm(`customers/${encodeURIComponent(row.id)}`, action))}</div>
</section>`;
}

function ownerlessSection({ world }: Simulation): Html | undefined {
  const rows = world.store.subscriptions.oldestFirst().filter((row) => row.customer_id === null);
  if (rows.length === 0) return undefined;
  return html`<section><h3>Without a customer</h3>
<p class="soft">Their customer was deleted, and the store goes on charging.</p>
${ownedTable(rows, [])}</section>`;
}

function ownedTable(subscriptions: readonly Subscription[], purchases: readonly Purchase[]): Html {
  if (subscriptions.length + purchases.length === 0) return html`<p>Nothing bought.</p>`;
  return html`<table>
<tr><th scope="col">Product</th><th scope="col">Store</th><th scope="col">Status</th><th scope="col">Period ends</th><th scope="col">What happens</th></tr>
${subscriptions.map(
  (
    row,
  ) => html`<tr><td>${row.store_product_id}<br><small>${row.id}</small></td><td>${row.store}, ${row.environment}</td><td>${row.status}, ${row.auto_renewal_status}</td><td>${formatTime(row.grace_ends_at ?? row.current_period_ends_at)}</td><td class="row">${subscriptionActions(row).map((action) => actionForm(`subscriptions/${row.id}`, action))}</td></tr>
`,
)}${purchases.map(
  (
    row,
  ) => html`<tr><td>${row.store_product_id}<br><small>${row.id}</small></td><td>${row.store}, ${row.environment}</td><td>${row.status}</td><td>never</td><td class="row">${row.status === 'owned' ? actionForm(`purchases/${row.id}`, { name: 'refund', label: 'Refund', inputs: [] }) : undefined}</td></tr>
`,
)}</table>`;
}

function actionForm(target: string, { name, label, inputs }: Action): Html {
  return html`<form method="post" action="/console/${target}/${name}" class="row">${inputs.map(inputOf)}<button>${label}</button></form>
`;
}

function inputOf({ name, label, choices }: Input): Html {
  if (choices === undefined) return html`<input name="${name}" placeholder="${label}" aria-label="${label}">`;
  return html`<select name="${name}" aria-label="${label}">${choices.map((choice) => html`<option>${choice}</option>`)}</select>`;
}

function eventSection({ world }: Simulation): Html {
  const { events, deliveries } = world.store;
  return html`<h2>Events</h2>
<table>
<tr><th scope="col">Time</th><th scope="col">Type</th><th scope="col">Customer</th><th scope="col">Delivery</th></tr>
${events
  .newestFirst()
  .slice(0, MAX_ROWS)
  .map(({ id, body }) => {
    const delivery = deliveries.get(id);
    const attempts =
      delivery === undefined ? 'no webhook' : `${delivery.state}, ${delivery.attempts.length} attempts`;
    return html`<tr><td>${formatTime(body.event_timestamp_ms)}</td><td>${body.type}</td><td>${customerOf(body)}</td><td>${attempts}</td></tr>
`;
  })}</table>`;
}

function customerOf(body: EventBody): string {
  const customer = body['app_user_id'] ?? body['transferred_to'] ?? '';
  return typeof customer === 'string' ? customer : JSON.stringify(customer);
}

function formatTime(ms: number | null): string {
  return ms === null ? 'never' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
