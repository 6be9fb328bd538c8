/** A stateful Stripe on your own machine: customers, subscriptions, Checkout, events and signed webhooks. */
import { randomUUID } from 'node:crypto';
import { type EndpointRegistration, registerEndpoint } from './control/endpoint-registration.ts';
import { resetStore } from './control/reset.ts';
import { answerControl } from './control/routes.ts';
import { Deliveries } from './events/deliveries.ts';
import { answerApi } from './http/api.ts';
import { IdempotencyKeys } from './http/idempotency.ts';
import { closeServer, listen, portOf, type Responder } from './http/server.ts';
import { answerPage } from './pages/routes.ts';
import { apiRoutes } from './resources/routes.ts';
import { createMemory } from './store/memory.ts';
import type { World } from './world.ts';

export interface StripeSimulatorOptions {
  /** default 127.0.0.1 */
  readonly host?: string;
  /** default 0: any free port */
  readonly port?: number;
  /** default: any sk_test_… or rk_test_… */
  readonly apiKeys?: readonly string[];
  /** a JSON file; without it everything is only in memory */
  readonly statePath?: string;
  /** milliseconds; default Date.now */
  readonly now?: () => number;
  /** makes ids repeatable */
  readonly seed?: string;
  readonly webhookRetryDelaysMs?: readonly number[];
  readonly webhookTimeoutMs?: number;
}

export interface StripeSimulator {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Registers an endpoint directly; upserts by url, so that a restart with saved state makes no second one. */
  registerWebhook(endpoint: EndpointRegistration): { id: string; secret: string };
  /** Resolves when no delivery is in flight and none is waiting for its first attempt or a retry. */
  settled(): Promise<void>;
  /** Forgets all state including events, keeps webhook endpoints. */
  reset(): void;
  close(): Promise<void>;
}

const defaultRetryDelaysMs: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000];
const defaultTimeoutMs = 10_000;

export async function startStripeSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  const { host = '127.0.0.1', now: nowMs = Date.now, statePath } = options;
  const seconds = () => Math.floor(nowMs() / 1000);
  const { store, ids, save } = createMemory({ seed: options.seed ?? randomUUID(), statePath });
  const deliveries = new Deliveries({
    store,
    seconds,
    retryDelaysMs: options.webhookRetryDelaysMs ?? defaultRetryDelaysMs,
    timeoutMs: options.webhookTimeoutMs ?? defaultTimeoutMs,
  });
  let url = '';
  const world: World = {
    store,
    ids,
    seconds,
    baseUrl: () => url,
    origin: null,
    publish: (event) => deliveries.publish(event),
  };
  const keys = new IdempotencyKeys(store, seconds);
  const routes = apiRoutes({ send: (event, endpointId) => deliveries.send(event, endpointId) });
  const respond: Responder = (request) => {
    const path = request.url ?? '/';
    if (path.startsWith('/_simulator')) return answerControl({ world, deliveries }, request);
    const isPage = path.startsWith('/c/') || path.startsWith('/p/') || path.startsWith('/i/') || path === '/';
    if (isPage) return answerPage({ world, deliveries }, request);
    return answerApi({ world, routes, keys, apiKeys: options.apiKeys }, request);
  };
  const server = await listen({ host, port: options.port ?? 0, nowMs, respond });
  const port = portOf(server);
  url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  deliveries.resume();
  return {
    url,
    host,
    port,
    registerWebhook: (endpoint) => registerEndpoint(world, endpoint),
    settled: () => deliveries.settled(),
    reset: () => resetStore(world, deliveries),
    close: async () => {
      deliveries.close();
      await closeServer(server);
      save();
    },
  };
}
