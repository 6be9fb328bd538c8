/**
 * Entry point of the library: starts a stateful RevenueCat with customers, purchases in the app stores, its REST API and
 * its webhook.
 */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { defaultProducts, seedProducts } from './catalog/catalog.ts';
import { answerConsole, isConsole } from './console/console-routes.ts';
import { advanceChecked } from './control/clock-advance.ts';
import { answerControl, CONTROL_PREFIX } from './control/control-routes.ts';
import type { ControlContext } from './control/route.ts';
import { restoreSnapshot, takeSnapshot } from './control/snapshot.ts';
import { Deliveries } from './events/deliveries.ts';
import { keepEvent } from './events/retention.ts';
import { Faults } from './faults/faults.ts';
import { answerApi } from './http/api.ts';
import { RateLimit } from './http/rate-limit.ts';
import { closeServer, guarded, listen, listenerOf, portOf, type Responder } from './http/server.ts';
import { operationsOn } from './operations/operations.ts';
import type { RevenueCatSimulator, RevenueCatSimulatorOptions } from './options.ts';
import { DueWork } from './schedule/due-work.ts';
import { createMemory, type Memory } from './store/memory.ts';
import { SimulatorClock } from './time/simulator-clock.ts';
import type { World } from './world/world.ts';

export { StateFileError } from '../simulator-kit/state-error.ts';
export type { ProductSpec } from './catalog/catalog.ts';
export type { FaultSettings } from './faults/faults.ts';
export type { Delivery, EventBody } from './model/event.ts';
export type {
  RevenueCatSimulator,
  RevenueCatSimulatorOptions,
  SimulatorObserver,
  WebhookRegistration,
} from './options.ts';
export type { CustomerView, ProductView, PurchaseView, SubscriptionView } from './render/views.ts';

const MINUTE_MS = 60_000;
const defaultRetryDelaysMs: readonly number[] = [5, 10, 20, 40, 80].map((minutes) => minutes * MINUTE_MS);
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_RATE_LIMIT = 480;
const DEFAULT_PROJECT = 'projlocal';
/** How often due work is checked when no request arrives. */
const TICK_MS = 1_000;

/** Starts the simulator and resolves once it accepts requests. */
export async function startRevenueCatSimulator(
  options: RevenueCatSimulatorOptions = {},
): Promise<RevenueCatSimulator> {
  const { host = '127.0.0.1', statePath } = options;
  const clock = new SimulatorClock(options.now ?? Date.now);
  const memory = createMemory({
    seed: options.seed ?? randomUUID(),
    statePath,
    clock,
    onFailure: (error) => options.onStorageFailure?.(error),
  });
  let url = '';
  const context = contextOf(options, { clock, memory, baseUrl: () => url });
  const respond = responderOf(options, context);
  const serving = { respond, nowMs: clock.nowMs, stored: memory.durable };
  const own = listenerOf(serving) as RevenueCatSimulator['listener'];
  const listener = (options.observer?.wrap(own) ?? own) as RequestListener;
  const guard = { address: host, allowedHosts: options.allowedHosts ?? [] };
  const server = await listen(guarded(listener, guard), { host, port: options.port ?? 0 });
  const port = portOf(server);
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const tick = setInterval(() => context.due.run(), TICK_MS);
  tick.unref();
  context.due.run();
  return {
    ...simulatorOf(context, { listener, flush: memory.flush }),
    url,
    host,
    port,
    close: async () => {
      clearInterval(tick);
      context.deliveries.close();
      await closeServer(server);
      await memory.close();
    },
  };
}

interface Parts {
  readonly clock: SimulatorClock;
  readonly memory: Memory;
  readonly baseUrl: () => string;
}

function contextOf(options: RevenueCatSimulatorOptions, { clock, memory, baseUrl }: Parts): ControlContext {
  const { store, ids } = memory;
  const faults = new Faults();
  const deliveries = new Deliveries({
    store,
    nowMs: clock.nowMs,
    retryDelaysMs: options.webhookRetryDelaysMs ?? defaultRetryDelaysMs,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    faults,
    watch: options.observer?.delivery,
    stored: memory.durable,
  });
  let published = 0;
  const world: World = {
    projectId: options.projectId ?? DEFAULT_PROJECT,
    appId: ids.fixed('app'),
    store,
    ids,
    nowMs: clock.nowMs,
    publish: (event) => {
      published += 1;
      keepEvent(store, event);
      options.observer?.event({ id: event.id, type: event.body.type });
      deliveries.publish(event, event.body.event_timestamp_ms);
    },
  };
  seedProducts(world, options.products ?? defaultProducts);
  const due = new DueWork(world, deliveries);
  const move = options.advanceNow ?? ((seconds) => clock.advance(seconds));
  return {
    world,
    deliveries,
    due,
    faults,
    operations: operationsOn(world, { before: () => due.run(), after: memory.flush }),
    advance: (seconds) => {
      // What is due before is no part of the advance. Another simulator's clock may run the due work while it moves.
      due.run();
      const before = published;
      move(seconds);
      due.run();
      memory.flush();
      return published - before;
    },
    reset: () => {
      for (const name of tablesToEmpty) store[name].clear();
      deliveries.reset();
      faults.set({});
      clock.resume(0);
      memory.flush();
    },
    baseUrl,
  };
}

/** The ids go on, because an id that a client still stores must not refer to a new record. */
const tablesToEmpty = ['customers', 'subscriptions', 'purchases', 'events', 'deliveries'] as const;

function responderOf(options: RevenueCatSimulatorOptions, context: ControlContext): Responder {
  const { world, due, faults } = context;
  const rateLimit = new RateLimit(
    options.rateLimitPerMinute ?? DEFAULT_RATE_LIMIT,
    world.nowMs,
    options.unlimitedApiKeys,
  );
  const keys = { own: options.apiKeys, foreign: options.foreignApiKeys ?? [] };
  return async (request) => {
    due.run();
    const path = request.url ?? '/';
    const isOwn = path.startsWith(CONTROL_PREFIX) || isConsole(path);
    if (!isOwn) return answerApi({ world, keys, rateLimit, faults }, request);
    return isConsole(path) ? answerConsole(context, request) : answerControl(context, request);
  };
}

function simulatorOf(
  context: ControlContext,
  { listener, flush }: { readonly listener: RequestListener; readonly flush: () => void },
): Omit<RevenueCatSimulator, 'url' | 'host' | 'port' | 'close'> {
  const { world, deliveries, due, faults, operations } = context;
  return {
    ...operations,
    projectId: world.projectId,
    listener: listener as RevenueCatSimulator['listener'],
    registerWebhook: ({ url, authorization }) => {
      world.store.webhooks.put({ id: 'webhook', url, authorization });
      due.run();
      flush();
    },
    nowMs: world.nowMs,
    advance: (seconds) => advanceChecked(context.advance, seconds),
    runDue: () => {
      const changes = due.run();
      flush();
      return changes;
    },
    settled: async (withinMs = 0) => {
      due.run();
      await deliveries.settled(withinMs);
    },
    redeliver: (id) => {
      const sent = deliveries.again(id);
      flush();
      return sent;
    },
    events: () => world.store.events.oldestFirst().map(({ body }) => body),
    deliveries: () => world.store.deliveries.oldestFirst(),
    setFaults: (settings) => faults.set(settings),
    addFaults: (settings) => faults.add(settings),
    reset: () => context.reset(),
    takeSnapshot: () => takeSnapshot(context),
    restoreSnapshot: (snapshot) => {
      restoreSnapshot(context, snapshot);
      flush();
    },
  };
}
