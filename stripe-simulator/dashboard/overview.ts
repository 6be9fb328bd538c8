/** The first page of the dashboard: the clock, what exists, the latest events and the faults. */
import { apiFaults, deliveryFaults } from '../chaos/rules.ts';
import type { Simulation } from '../control/simulation.ts';
import { formatTime } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { alert } from '../pages/layout.ts';
import { dashboardPage } from './frame.ts';
import { findKind, kinds } from './kinds.ts';
import { table } from './tables.ts';

const LATEST = 12;

const steps: readonly (readonly [label: string, seconds: number])[] = [
  ['1 hour', 3600],
  ['1 day', 24 * 3600],
  ['1 week', 7 * 24 * 3600],
  ['31 days', 31 * 24 * 3600],
];

export function overview(context: Simulation, problem?: string): string {
  const { world } = context;
  return dashboardPage(
    { title: 'Stripe simulator', current: 'overview', isError: problem !== undefined },
    html`<h1>Stripe simulator</h1>
<p class="soft">The API is at ${world.baseUrl()}/v1, the state at <a href="/_simulator">/_simulator</a>.</p>
${alert(problem)}
${clockSection(context)}
<section class="panel" aria-labelledby="records">
<h2 id="records">Records</h2>
<ul class="row">${kinds.map(
      (
        kind,
      ) => html`<li><a class="button plain" href="/dashboard/${kind.name}">${kind.title}: ${kind.count(world)}</a></li>
`,
    )}</ul>
</section>
${latest(context, 'subscriptions')}
${latest(context, 'events')}
${faultSection(context)}`,
  );
}

function latest({ world }: Simulation, name: string): Html | undefined {
  const kind = findKind(name);
  if (kind === undefined) return undefined;
  const { rows } = kind.find(world, { text: '', limit: LATEST, skip: 0 });
  return html`<section class="panel" aria-labelledby="${name}">
<h2 id="${name}">Latest ${kind.title.toLowerCase()}</h2>
${table(kind, rows, name)}
<p class="spaced"><a href="/dashboard/${name}">All ${kind.title.toLowerCase()}</a></p>
</section>`;
}

function clockSection({ world, due }: Simulation): Html {
  const next = due.nextAt();
  const waiting =
    next === undefined
      ? 'Nothing is scheduled.'
      : `Next: ${formatTime(next)}. Records with scheduled work: ${due.size}.`;
  return html`<section class="panel" aria-labelledby="clock">
<h2 id="clock">Clock</h2>
<p><strong>${formatTime(world.ownSeconds())}</strong></p>
<p class="soft">${waiting}</p>
<form method="post" action="/dashboard/advance" class="row">
${steps.map(
  ([label, seconds]) => html`<button class="plain" name="seconds" value="${seconds}">+ ${label}</button>
`,
)}
${next === undefined ? undefined : html`<button class="plain" name="to" value="${next}">Next action</button>`}
</form>
</section>`;
}

function faultSection({ chaos }: Simulation): Html {
  const rules = chaos.list();
  return html`<section class="panel" aria-labelledby="faults">
<h2 id="faults">Faults</h2>
${
  rules.length === 0
    ? html`<p class="soft">No faults are active.</p>`
    : html`<ul>
${rules.map(({ area, fault, match, count, hits }) => {
  const limit = count === null ? '' : ` of ${count}`;
  return html`<li>${area}: <strong>${fault}</strong> for ${match}, triggered ${hits}${limit}</li>
`;
})}</ul>
<form method="post" action="/dashboard/clear-faults"><button>Turn all off</button></form>`
}
${faultForm({ area: 'api', label: 'The API', faults: apiFaults, match: 'POST /v1/*' })}
${faultForm({ area: 'deliveries', label: 'Deliveries', faults: deliveryFaults, match: '*' })}
</section>`;
}

function faultForm(choice: { area: string; label: string; faults: readonly string[]; match: string }): Html {
  const { area, label, faults, match } = choice;
  return html`<form method="post" action="/dashboard/fault" class="row end">
<input type="hidden" name="area" value="${area}">
<label>${label} <select name="fault">
${faults.map((fault) => html`<option>${fault}</option>`)}
</select></label>
<label>matching <input name="match" value="${match}"></label>
<label>times <input name="count" inputmode="numeric" value="1"></label>
<button>Turn on</button>
</form>`;
}
