/**
 * Entry point of the library: starts a stateful Stripe with customers, subscriptions, Checkout, events and signed
 * webhooks.
 */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Chaos } from './chaos/chaos.ts';
import { answerControl } from './control/control-routes.ts';
import { redeliver } from './control/redelivery.ts';
import { resetSimulation } from './control/reset.ts';
import type { Simulation } from './control/simulation.ts';
import { restoreSnapshot, takeSnapshot } from './control/snapshot.ts';
import { Deliveries } from './events/deliveries.ts';
import { publish } from './events/publication.ts';
import { answerApi } from './http/api.ts';
import { apiRoutes } from './http/api-routes.ts';
import { IdempotencyKeys, keysOfV1, keysOfV2 } from './http/idempotency.ts';
import { answerPage, isPage } from './http/page-routes.ts';
import { RateLimits } from './http/rate-limits.ts';
import { requestLogOf } from './http/request-log.ts';
import {
  closeServer,
  guarded,
  listen,
  listenerOf,
  portOf,
  type Responder,
  refusalFor,
} from './http/server.ts';
import type { EventRecord } from './model/event.ts';
import type {
  CreateStripeOptions,
  InProcessStripe,
  StripeSimulator,
  StripeSimulatorOptions,
} from './options.ts';
import { checkedVersion } from './protocol/api-version.ts';
import { inProcess, inProcessOptions, type Running } from './scenario/in-process.ts';
import { DueWork } from './schedule/due-work.ts';
import { TestClockAdvance } from './schedule/test-clock-advance.ts';
import { createMemory } from './store/memory.ts';
import { isStripeScript, stripeScript } from './stripe-js/stripe-js.ts';
import { CliSessions } from './stripecli/cli-sessions.ts';
import { serveCliSockets } from './stripecli/cli-socket.ts';
import { SimulatorClock } from './time/simulator-clock.ts';
import { registerEndpoint } from './webhook-endpoints/registration.ts';
import { DEFAULT_API_VERSION, type World } from './world/world.ts';

export { StateFileError } from '../simulator-kit/state-error.ts';
export type {
  CreateStripeOptions,
  EndpointRegistration,
  FaultRule,
  InProcessStripe,
  Moment,
  PaymentOutcome,
  PaymentPage,
  SimulatedEvent,
  SimulatorObserver,
  StripeSimulator,
  StripeSimulatorOptions,
  WatchedDelivery,
} from './options.ts';

const defaultRetryDelaysMs: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000];
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_TIMEOUT_MS = 10_000;
const defaultPaymentRetryDays: readonly number[] = [3, 5, 7];
/** Eight attempts within two weeks. */
const smartRetryDays: readonly number[] = [1, 1, 1, 2, 2, 2, 2, 3];
const DAY_SECONDS = 24 * 3600;
/** How often due work is checked when no request arrives. */
const TICK_MS = 1_000;

/** Starts the simulator and resolves once it accepts requests. */
export async function startStripeSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  return (await start(options)).simulator;
}

/** Starts a simulator for tests: its clock moves on request, its ids repeat, and it does what a customer does. */
export async function createStripe(options: CreateStripeOptions = {}): Promise<InProcessStripe> {
  return inProcess(options, await start(inProcessOptions(options)));
}

async function start(options: StripeSimulatorOptions): Promise<Running> {
  const { host = DEFAULT_HOST, statePath } = options;
  const clock = new SimulatorClock(options.now ?? Date.now, options.onClockMove);
  const memory = createMemory({
    seed: options.seed ?? randomUUID(),
    statePath,
    clock,
    onFailure: (error) => options.onStorageFailure?.(error),
  });
  let url = '';
  const chaos = new Chaos();
  const { deliveries, cli, deliver } = createSenders(options, { memory, clock, chaos });
  const world: World = {
    store: memory.store,
    ids: memory.ids,
    apiVersion: apiVersionOf(options),
    seconds: clock.seconds,
    ownSeconds: clock.seconds,
    dunning: dunningOf(options),
    account: memory.account,
    searchLagSeconds: options.searchLagSeconds ?? 0,
    hasEventBus: options.eventBus !== undefined,
    baseUrl: () => url,
    origin: null,
    publish: (event) => publish({ ...memory, deliver, chaos, watch: options.observer?.event }, event),
  };
  const due = new DueWork(world);
  const simulation: Simulation = { world, deliveries, cli, due, clock, chaos };
  const serving = { respond: responderOf(options, simulation), nowMs: clock.nowMs, stored: memory.durable };
  const own = listenerOf(serving) as StripeSimulator['listener'];
  const listener = (options.observer?.wrap(own) ?? own) as RequestListener;
  const { server, port } = await serve(listener, options, cli);
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  deliveries.resume();
  new TestClockAdvance(world, due).resume();
  const tick = setInterval(() => due.run(), TICK_MS);
  tick.unref();
  const simulator: StripeSimulator = {
    url,
    host,
    port,
    listener: listener as StripeSimulator['listener'],
    ...changesOf(simulation, memory.flush),
    nowMs: clock.nowMs,
    ...faultOperations(simulation),
    settled: () => deliveries.settled(),
    close: async () => {
      clearInterval(tick);
      deliveries.close();
      cli.close();
      await closeServer(server);
      await memory.close();
    },
  };
  return { simulator, simulation, flush: memory.flush };
}

function apiVersionOf({ apiVersion = DEFAULT_API_VERSION }: StripeSimulatorOptions): string {
  return checkedVersion(apiVersion);
}

function asItIs(simulatedMs: number): number {
  return simulatedMs;
}

interface SenderParts {
  readonly memory: ReturnType<typeof createMemory>;
  readonly clock: SimulatorClock;
  readonly chaos: Chaos;
}

/** Everyone who receives events: the webhook endpoints, and the Stripe CLI. */
function createSenders(options: StripeSimulatorOptions, { memory, clock, chaos }: SenderParts) {
  const common = {
    store: memory.store,
    seconds: clock.seconds,
    signedAtMs: () => (options.signedAt ?? asItIs)(clock.nowMs()),
    apiVersion: apiVersionOf(options),
    stored: memory.durable,
  };
  const deliveries = new Deliveries({
    ...common,
    retryDelaysMs: options.webhookRetryDelaysMs ?? defaultRetryDelaysMs,
    timeoutMs: options.webhookTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    eventBus: options.eventBus,
    chaos,
    watch: options.observer?.delivery,
  });
  const cli = new CliSessions(common);
  const deliver = (event: EventRecord) => {
    deliveries.publish(event);
    if (event.thin_only !== true) cli.forward(event);
  };
  return { deliveries, cli, deliver };
}

async function serve(listener: RequestListener, options: StripeSimulatorOptions, cli: CliSessions) {
  const { host = DEFAULT_HOST, port = 0, allowedHosts = [] } = options;
  const guard = { address: host, allowedHosts };
  const server = await listen(guarded(listener, guard), { host, port });
  serveCliSockets(server, cli, (request) => refusalFor(request, guard));
  return { server, port: portOf(server) };
}

type Changes = Pick<
  StripeSimulator,
  'registerWebhook' | 'advance' | 'redeliver' | 'reset' | 'takeSnapshot' | 'restoreSnapshot'
>;

/** What the caller changes is stored when the call returns. */
function changesOf(simulation: Simulation, flush: () => void): Changes {
  const { world, due, clock } = simulation;
  const stored = <T>(result: T): T => {
    flush();
    return result;
  };
  return {
    registerWebhook: (endpoint) => stored(registerEndpoint(world, endpoint)),
    advance: (seconds) => {
      clock.advance(seconds);
      return stored(due.run());
    },
    redeliver: (id) => stored(redeliver(simulation, id)),
    reset: () => stored(resetSimulation(simulation)),
    takeSnapshot: () => takeSnapshot(simulation),
    restoreSnapshot: (snapshot) => stored(restoreSnapshot(simulation, snapshot)),
  };
}

type FaultOperations = Pick<
  StripeSimulator,
  'declineNextPayments' | 'declinesLeft' | 'addFault' | 'faults' | 'clearFaults'
>;

function faultOperations({ world, chaos }: Simulation): FaultOperations {
  return {
    declineNextPayments: (count) => {
      world.account.declinesLeft += count;
    },
    declinesLeft: () => world.account.declinesLeft,
    addFault: (area, rule) => chaos.add(area, { ...rule }),
    faults: () => chaos.list().map((rule) => ({ ...rule, area: rule.area === 'API' ? 'api' : 'deliveries' })),
    clearFaults: () => {
      chaos.set({});
      world.account.declinesLeft = 0;
    },
  };
}

function responderOf(options: StripeSimulatorOptions, simulation: Simulation): Responder {
  const { world, deliveries, cli, due, clock, chaos } = simulation;
  const { apiKeys, rateLimits: limits, lenient = false } = options;
  const rateLimits = limits === undefined ? undefined : new RateLimits(limits, clock.nowMs);
  const keys = new IdempotencyKeys(world, keysOfV1);
  const keysV2 = new IdempotencyKeys(world, keysOfV2);
  const clocks = new TestClockAdvance(world, due);
  const routes = apiRoutes({
    send: (event, endpointId) => deliveries.send(event, endpointId),
    sendToCli: (event) => void cli.forward(event),
    cli,
    advance: (own, id, target) => clocks.start(own, id, target),
  });
  return async (request) => {
    due.run();
    const path = request.url ?? '/';
    if (path.startsWith('/_simulator')) return answerControl(simulation, request);
    if (isStripeScript(path.split('?')[0] ?? '')) return stripeScript();
    if (isPage(path)) return answerPage(simulation, request);
    const settings = { world, routes, keys, keysV2, apiKeys, chaos, rateLimits, lenient };
    const answer = await answerApi({ ...settings, watchParameters: options.observer?.parameters }, request);
    cli.log(() => requestLogOf(request, answer, world.ownSeconds()));
    return answer;
  };
}

function dunningOf(options: StripeSimulatorOptions): World['dunning'] {
  const { paymentRetryDays: requested = defaultPaymentRetryDays } = options;
  const days = requested === 'smart' ? smartRetryDays : requested;
  return {
    retryDelaysSeconds: days.map((count) => count * DAY_SECONDS),
    afterLastRetry: options.afterLastPaymentRetry ?? 'canceled',
  };
}
