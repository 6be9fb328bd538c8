/** A stage whose users also buy in app stores: its own RevenueCat simulator, behind a wire. */
import { randomUUID } from 'node:crypto';
import {
  type EventBody,
  type RevenueCatSimulator,
  type RevenueCatSimulatorOptions,
  startRevenueCatSimulator,
} from '../../revenuecat-simulator/index.ts';
import { apiEvent, type Form } from './api-events.ts';
import { createStage, type Stage, type StageOptions } from './stage.ts';
import { openWire, type Wire } from './wire.ts';

export const STORE_SECRET = 'Bearer the-shared-header-of-the-tests';
export const STORE_KEY = 'sk_tests_of_revenuecat';

export interface StoreStage extends Stage {
  readonly revenuecat: RevenueCatSimulator;
  readonly storeWire: Wire;
  /** Whether RevenueCat has a customer with this id. */
  hasStoreCustomer(id: string): Promise<boolean>;
  /** Creates the profile and the row of a user, as sign-up leaves them. */
  account(): Promise<string>;
  /** Delivers an event to the webhook, and returns the status. Default: the last one that RevenueCat has sent. */
  deliver(event?: EventBody, options?: StoreDelivery): Promise<number>;
}

export async function createStoreStage(
  options: StageOptions & { readonly revenuecat?: RevenueCatSimulatorOptions } = {},
): Promise<StoreStage> {
  const revenuecat = await startRevenueCatSimulator({
    apiKeys: [STORE_KEY],
    seed: 'tests',
    ...options.revenuecat,
  });
  const storeWire = await openWire(revenuecat.listener);
  const stage = await createStage({
    ...options,
    env: {
      REVENUECAT_PROJECT_ID: revenuecat.projectId,
      REVENUECAT_API_KEY: STORE_KEY,
      REVENUECAT_API_BASE: storeWire.url,
      REVENUECAT_WEBHOOK_SECRET: STORE_SECRET,
      ...options.env,
    },
  });
  return {
    ...stage,
    revenuecat,
    storeWire,
    hasStoreCustomer: async (id) => {
      const url = `${revenuecat.url}/v2/projects/${revenuecat.projectId}/customers/${encodeURIComponent(id)}`;
      return (await fetch(url, { headers: { Authorization: `Bearer ${STORE_KEY}` } })).status === 200;
    },
    account: async () => {
      const sub = randomUUID();
      await stage.putProfile({ userId: sub });
      await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
      return sub;
    },
    deliver: async (event = revenuecat.events().at(-1), delivery = {}) => {
      const request = storeDelivery({ api_version: '1.0', event }, delivery);
      return (await stage.call('revenuecat-webhook', request)).statusCode;
    },
    calm: () => {
      stage.calm();
      storeWire.stopFailing();
      storeWire.clear();
    },
    close: async () => {
      await stage.close();
      await storeWire.close();
      await revenuecat.close();
    },
  };
}

export interface StoreDelivery {
  readonly form?: Form;
  readonly base64?: boolean;
  /** Undefined: without the header. */
  readonly authorization?: string | undefined;
}

export function storeDelivery(body: unknown, delivery: StoreDelivery = {}): Record<string, unknown> {
  const { form = 'http', base64 = false } = delivery;
  const authorization = 'authorization' in delivery ? delivery.authorization : STORE_SECRET;
  return apiEvent(form, {
    method: 'POST',
    path: '/revenuecat/webhook',
    headers: {
      'Content-Type': 'application/json',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    base64,
  });
}
