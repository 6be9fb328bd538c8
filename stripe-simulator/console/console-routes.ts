/** The actions of the console's buttons. */
import { advanceOwnClock } from '../control/clock-advance.ts';
import type { Simulation } from '../control/simulation.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { consolePage } from './console-page.ts';

type Action = (context: Simulation, form: Params) => void;

const actions: Readonly<Record<string, Action>> = {
  advance: (context, form) => {
    advanceOwnClock(context, JSON.stringify({ seconds: form.integer('seconds'), to: form.integer('to') }));
  },
  fault: ({ chaos }, form) => {
    const area = form.oneOf('area', ['api', 'deliveries']) ?? 'api';
    const count = form.integer('count') ?? null;
    chaos.add(area, { fault: form.string('fault'), match: form.string('match') ?? '*', count });
  },
  'clear-faults': ({ chaos }) => {
    chaos.set({});
  },
};

export function answerConsole(
  context: Simulation,
  { name, method, body }: { name: string; method: string; body: string },
): Answer {
  if (method !== 'POST') return htmlAnswer(200, consolePage(context));
  const action = actions[name];
  if (action === undefined)
    return htmlAnswer(404, consolePage(context, 'This console action does not exist.'));
  try {
    action(context, new Params(decodeForm(body)));
  } catch (error) {
    if (error instanceof StripeError) return htmlAnswer(error.status, consolePage(context, error.message));
    throw error;
  }
  return redirect('/');
}
