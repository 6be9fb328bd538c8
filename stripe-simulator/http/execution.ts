/** Executes the operation of a request: as a whole or not at all, and only with parameters that are acted on. */
import type { EventRecord } from '../model/event.ts';
import type { SimulatorObserver } from '../options.ts';
import type { FormObject } from '../protocol/form.ts';
import { checkKnown, knownRoute, visitValues } from '../protocol/known-params.ts';
import { notSimulated } from '../protocol/not-simulated.ts';
import { Params } from '../protocol/params.ts';
import type { Match } from '../protocol/route.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { checkValue } from '../protocol/value-rules.ts';
import { expandAll } from '../render/expand.ts';
import { publicView } from '../render/public-view.ts';
import { render } from '../render/render.ts';
import { transact } from '../store/transaction.ts';
import { worldOfRequest } from '../world/record-clock.ts';
import type { World } from '../world/world.ts';

export interface Execution {
  readonly match: Match;
  readonly params: FormObject;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
  readonly idempotencyKey: string | null;
  readonly version: string;
  /** The version in the header of the request, and null without one. */
  readonly statedVersion: string | null;
  readonly isPublishable: boolean;
  /** Ignores the parameters that Stripe does not know, and those that nothing acts on. */
  readonly lenient: boolean;
  readonly watch: SimulatorObserver['parameters'];
}

/** Executes synchronously, so no request sees partial changes of another. */
export function execute(world: World, execution: Execution): unknown {
  const { match, path, query, version, statedVersion, isPublishable } = execution;
  const namesVersion = statedVersion !== null;
  const route = knownRoute(match.route.method, match.route.path);
  // The SDKs for browsers and apps send more than Stripe's reference names.
  const isLenient = execution.lenient || isPublishable;
  const known = isLenient ? undefined : route;
  if (known !== undefined) checkKnown(execution.params, known, statedVersion);
  // A filter may ask for a value that no object can have.
  if (route !== undefined && route.method !== 'GET') visitValues(execution.params, route, checkValue);
  const params = new Params(execution.params);
  const [id = '', subId = ''] = match.ids;
  return atOnce(world, (own) => {
    const origin = { id: execution.requestId, idempotency_key: execution.idempotencyKey };
    const requestWorld = worldOfRequest({ ...own, origin }, { ids: match.ids, params: execution.params });
    const reader = { version, store: world.store };
    const request = { id, subId, path, query, params, version, namesVersion, isPublishable };
    const result = match.route.operation(requestWorld, request);
    const answer = expandAll(render(result, reader), params, reader);
    if (route !== undefined) execution.watch?.(`${route.method} ${route.path}`, params.asked);
    if (known !== undefined) checkRead(params);
    return isPublishable ? publicView(answer) : answer;
  });
}

function checkRead(params: Params): void {
  const unread = params.unread();
  const [first] = unread;
  if (first !== undefined) throw notSimulated(unread, first);
}

/** A refusal leaves nothing behind. A declined payment does: the attempt, and what Stripe reports about it. */
function atOnce<T>(world: World, run: (own: World) => T): T {
  const { store, ids, account } = world;
  const before = { counters: ids.counters(), declinesLeft: account.declinesLeft };
  const events: EventRecord[] = [];
  const publish = () => {
    for (const event of events) world.publish(event);
  };
  try {
    const result = transact(
      store,
      () => run({ ...world, publish: (event) => events.push(event) }),
      hasEffect,
    );
    publish();
    return result;
  } catch (error) {
    if (hasEffect(error)) publish();
    else {
      ids.rewind(before.counters);
      account.declinesLeft = before.declinesLeft;
    }
    throw error;
  }
}

function hasEffect(error: unknown): boolean {
  return error instanceof StripeError && error.status === 402;
}
