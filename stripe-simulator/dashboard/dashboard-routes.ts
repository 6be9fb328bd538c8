/** Routes the dashboard: its pages, and the actions of its buttons. A GET changes nothing. */
import { advanceOwnClock } from '../control/clock-advance.ts';
import { redeliver } from '../control/redelivery.ts';
import type { Simulation } from '../control/simulation.ts';
import { html } from '../pages/html.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import { TestClockAdvance } from '../schedule/test-clock-advance.ts';
import { advanceClock } from '../test-clocks/test-clocks.ts';
import { DEFAULT_API_VERSION } from '../world/world.ts';
import { dashboardPage } from './frame.ts';
import { findKind } from './kinds.ts';
import { listPage, searchPage } from './lists.ts';
import { objectPage } from './object-page.ts';
import { overview } from './overview.ts';

/** Acts, and returns the address to continue at. */
type Action = (context: Simulation, form: Params) => string;

const actions: Readonly<Record<string, Action>> = {
  advance: (context, form) => {
    advanceOwnClock(context, JSON.stringify({ seconds: form.integer('seconds'), to: form.integer('to') }));
    return '/';
  },
  'advance-clock': ({ world, due }, form) => {
    const id = form.required('clock');
    const request = { id, subId: '', path: '', params: form, version: DEFAULT_API_VERSION };
    const clocks = new TestClockAdvance(world, due);
    advanceClock(world, request, (own, clock, target) => clocks.start(own, clock, target));
    return `/dashboard/objects/${id}`;
  },
  resend: (simulation, form) => {
    const id = form.required('delivery');
    if (!redeliver(simulation, id))
      throw invalidRequest({ message: 'This endpoint does not exist any more, or the CLI does not listen.' });
    return `/dashboard/objects/${id.split('/')[0]}`;
  },
  fault: ({ chaos }, form) => {
    const area = form.oneOf('area', ['api', 'deliveries']) ?? 'api';
    const count = form.integer('count') ?? null;
    chaos.add(area, { fault: form.string('fault'), match: form.string('match') ?? '*', count });
    return '/';
  },
  'clear-faults': ({ chaos }) => {
    chaos.set({});
    return '/';
  },
};

export interface DashboardRequest {
  /** The parts of the path after `/dashboard/`. */
  readonly parts: readonly string[];
  readonly method: string;
  readonly body: string;
  readonly query: URLSearchParams;
}

export function answerDashboard(context: Simulation, request: DashboardRequest): Answer {
  const [name = '', id = ''] = request.parts;
  if (request.method === 'POST') return act(context, name, request.body);
  const { world } = context;
  const kind = findKind(name);
  if (name === '') return htmlAnswer(200, overview(context));
  if (name === 'search') return htmlAnswer(200, searchPage(world, request.query.get('q')?.trim() ?? ''));
  if (kind !== undefined) return htmlAnswer(200, listPage(world, kind, request.query));
  const page = name === 'objects' ? objectPage(world, decoded(id)) : undefined;
  return page === undefined ? notFound() : htmlAnswer(200, page);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function act(context: Simulation, name: string, body: string): Answer {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    return htmlAnswer(404, overview(context, 'This action of the dashboard does not exist.'));
  const form = new Params(decodeForm(body));
  try {
    return redirect(action(context, form));
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    const clock = form.string('clock');
    const page = clock === undefined ? undefined : objectPage(context.world, clock, error.message);
    return htmlAnswer(error.status, page ?? overview(context, error.message));
  }
}

function notFound(): Answer {
  const content = html`<h1>Not found</h1>
<p>There is no such object. It may be deleted: search for it in the events.</p>`;
  return htmlAnswer(404, dashboardPage({ title: 'Not found' }, content));
}
