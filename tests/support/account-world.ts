/**
 * One installation on the worlds of the simulation, called directly: the use cases run in memory, without delays and
 * servers. The conformance tests compare these worlds with the embedded servers.
 */
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { createProvision } from '../../core/account/provision.ts';
import { nothingCollected, plainTerms } from '../../core/checkout/sale-terms.ts';
import { noPlanOrder } from '../../core/entitlement/plan-order.ts';
import { type EntitlementRow, emptyState, neverSynced } from '../../core/entitlement/row.ts';
import { createGate } from '../../core/gate/gate.ts';
import { noRefund } from '../../core/refund/policy.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { createSync } from '../../core/sync/sync.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log, LogFields } from '../../core/system/log.ts';
import type { Network } from '../../simulation/engine/invocation.ts';
import type { Random } from '../../simulation/engine/random.ts';
import type { Timeline } from '../../simulation/engine/timeline.ts';
import { billingOf } from '../../simulation/worlds/billing.ts';
import { portalOf, sessionsOf } from '../../simulation/worlds/checkout.ts';
import { createCognitoWorld, userDirectoryOf } from '../../simulation/worlds/cognito.ts';
import { createOnce } from '../../simulation/worlds/creation.ts';
import {
  createDynamoDbWorld,
  customerIndexOf,
  entitlementStoreOf,
  profileStoreOf,
  removalStoreOf,
  trialStoreOf,
} from '../../simulation/worlds/dynamodb.ts';
import { adoptionOf, ledgerOf } from '../../simulation/worlds/installation.ts';
import { deletionChecksOf, requestCounterOf } from '../../simulation/worlds/requests.ts';
import { saleRecordOf } from '../../simulation/worlds/sale-record.ts';
import { addCustomer, createStripeWorld, putSubscription } from '../../simulation/worlds/stripe.ts';
import { subscription as subscriptionOf, T0 } from './subscriptions.ts';

export const POOL_ID = 'eu-west-1_Tests';
export const OTHER_POOL_ID = 'eu-west-1_Other';

/** The request of a Stripe event that names no user. */
export function syncRequest(customerId: string, fields: Partial<SyncRequest> = {}): SyncRequest {
  return {
    customerId,
    sub: null,
    reassigned: false,
    formerSub: null,
    changedAt: T0,
    cause: { kind: 'stripe_event', id: 'evt_1' },
    customerDeleted: false,
    includesReversal: false,
    includesFeatures: false,
    ...fields,
  };
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
  readonly cause: unknown;
}

/** The search of this Stripe never lags, and its answers name the exact time. */
const even: Random = { next: () => 0, below: () => 0, chance: () => true, pick: ([first]) => first };

/** `calls` names every call to a system, in order, in the words of the worlds: `read profile`. */
function recordingNetwork(clock: { readonly nowMs: () => number }) {
  const calls: string[] = [];
  const hooks: { readonly when: 'before' | 'after'; readonly name: string; readonly run: () => unknown }[] =
    [];
  const runHook = async (when: 'before' | 'after', name: string): Promise<void> => {
    const index = hooks.findIndex((hook) => hook.when === when && hook.name === name);
    const [hook] = index < 0 ? [] : hooks.splice(index, 1);
    await hook?.run();
  };
  const network: Network = {
    call: async (_system, name, effect) => {
      calls.push(name);
      await runHook('before', name);
      const answer = effect();
      await runHook('after', name);
      return answer;
    },
    timed: async (_system, name, effect) => {
      calls.push(name);
      await runHook('before', name);
      const nowMs = clock.nowMs();
      const answer = effect()({ startedMs: nowMs, answeredMs: nowMs });
      await runHook('after', name);
      return answer;
    },
  };
  return { calls, hooks, network };
}

function recordingLog(): { readonly log: Log; readonly logs: LogLine[] } {
  const logs: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}, cause?: unknown): void => {
      logs.push({ level, message, fields, cause });
    };
  return { logs, log: { info: at('info'), warn: at('warn'), error: at('error') } };
}

export type AccountWorld = ReturnType<typeof createAccountWorld>;

export function createAccountWorld() {
  let nowMs = T0 * 1000;
  const timeline: Timeline = {
    get nowMs() {
      return nowMs;
    },
    moments: 0,
    at: (_ms, run) => run(),
    after: (_delayMs, run) => run(),
    drain: async () => {},
  };
  const clock: Clock = {
    nowMs: () => nowMs,
    nowIso: () => String(nowMs),
    sleep: async () => {},
    within: (_ms, work) => work(),
  };
  const { calls, hooks, network } = recordingNetwork(clock);
  const { log, logs } = recordingLog();
  const stripe = createStripeWorld({ timeline, random: even, onEvent: () => {}, onEnding: () => {} });
  const dynamodb = createDynamoDbWorld(() => nowMs);
  const cognito = createCognitoWorld({ nowMs: () => nowMs, onDeletion: () => {} });
  const installation = { poolId: POOL_ID, adopted: true, endings: new Map<string, number>() };
  const directory = userDirectoryOf(cognito, network);
  const systems = {
    poolId: POOL_ID,
    billing: billingOf(stripe, network),
    entitlements: entitlementStoreOf(dynamodb, network),
    profiles: profileStoreOf(dynamodb, network),
    index: customerIndexOf(dynamodb, network),
    directory,
    users: directory,
    sessions: sessionsOf(stripe, network),
    trials: trialStoreOf(dynamodb, network),
    sales: saleRecordOf(dynamodb, network),
    removals: removalStoreOf(dynamodb, network),
    portal: portalOf(stripe, network),
    requests: requestCounterOf(dynamodb.requests, network),
    checks: deletionChecksOf(dynamodb.requests, network),
    stores: null,
    syncStores: null,
    planOrder: noPlanOrder,
    refundPolicy: noRefund,
    adoption: adoptionOf(installation, network),
    ledger: ledgerOf(installation, network),
    clock,
    log,
    timeOf: (text: string): number | null =>
      text === '' || Number.isNaN(Number(text)) ? null : Number(text),
  };
  const deleteAccount = createDeleteAccount(systems);
  const owners = new Map<string, string>();
  return {
    stripe,
    dynamodb,
    cognito,
    installation,
    systems,
    calls,
    logs,
    deleteAccount,
    gate: createGate({ ...systems, deleteAccount }),
    provision: createProvision(systems),
    owners,
    sync: createSync({ ...systems, owners, random: () => 0 }),
    ...builders({ stripe, dynamodb, cognito, clock }),
    nowSeconds: () => Math.floor(nowMs / 1000),
    advance: (seconds: number): void => {
      nowMs += seconds * 1000;
    },
    // Runs `run` once, before or after the effect of the next call of this name. If it throws, the call fails.
    once: (when: 'before' | 'after', name: string, run: () => unknown): void => {
      hooks.push({ when, name, run });
    },
    // Returns the metrics that were logged, in order.
    metrics: (): readonly unknown[] => logs.map(({ fields }) => fields['metric']),
  };
}

function builders({
  stripe,
  dynamodb,
  cognito,
  clock,
}: {
  readonly stripe: ReturnType<typeof createStripeWorld>;
  readonly dynamodb: ReturnType<typeof createDynamoDbWorld>;
  readonly cognito: ReturnType<typeof createCognitoWorld>;
  readonly clock: Clock;
}) {
  const addUser = (sub: string, username = sub): void => {
    cognito.users.set(username, sub);
    cognito.emails.set(sub, `${sub}@example.com`);
    cognito.createdMs.set(sub, clock.nowMs());
  };
  const addProfile = (userId: string, customerId: string | null = null): void => {
    dynamodb.profiles.set(userId, { userId, customerId, deletion: null, createdAt: clock.nowIso() });
  };
  const addRow = (sub: string, fields: Partial<EntitlementRow> = {}): EntitlementRow => {
    const written = {
      trialStartedAt: null,
      unreadable: false,
      updatedAt: clock.nowIso(),
      fence: { version: 1 },
    };
    const full = { ...emptyState, ...neverSynced, sub, ...written, ...fields };
    dynamodb.entitlements.set(sub, full);
    return full;
  };
  // Without a pool, other code created the customer.
  const addCustomerOf = (sub: string | null, poolId: string | null = POOL_ID): string =>
    addCustomer(stripe, { sub, poolId }, poolId === POOL_ID ? 'service' : 'app').id;
  // Stripe answers the creations under the first keys with a server error, and replays it for a day. With an effect, it
  // creates the customers nevertheless.
  const storeFailures = (sub: string, count: number, { hasEffect = false } = {}): void => {
    const user = { poolId: POOL_ID, sub };
    for (let generation = 0; generation < count; generation += 1) {
      stripe.creationFailures.set(sub, { hasEffect });
      createOnce(stripe, { ...user, generation }, () => addCustomer(stripe, user, 'service'));
    }
  };
  const addSubscription = (fields: Partial<Subscription>): Subscription => {
    const full = subscriptionOf({ createdAt: Math.floor(clock.nowMs() / 1000), ...fields });
    putSubscription(stripe, full, 'customer.subscription.created');
    return full;
  };
  return {
    addUser,
    addProfile,
    addRow,
    addCustomer: addCustomerOf,
    // Dates the creation of a customer back.
    makeOlder: (customerId: string, seconds: number): void => {
      const customer = stripe.customers.get(customerId);
      if (customer === undefined) throw new Error(`There is no customer ${customerId}.`);
      stripe.customers.set(customerId, { ...customer, createdMs: customer.createdMs - seconds * 1000 });
    },
    addSubscription,
    storeFailures,
    // A user as sign-up leaves one: known to the pool, with profile, row and customer.
    addAccount: (sub: string): { readonly sub: string; readonly customerId: string } => {
      const customerId = addCustomerOf(sub);
      addUser(sub);
      addProfile(sub, customerId);
      addRow(sub, { customerIds: [customerId] });
      return { sub, customerId };
    },
    // A subscription that this installation's Checkout sold, paid now.
    addPurchase: (sub: string, customerId: string, fields: Partial<Subscription> = {}) => {
      const sessionId = `cs_${stripe.sessions.size + 1}`;
      const nowSeconds = Math.floor(clock.nowMs() / 1000);
      const order = {
        customerId,
        sub,
        price: 'price_base',
        quantity: 1,
        addOns: [],
        promotion: false,
        trialDays: null,
        locale: null,
        pages: {
          uiMode: 'hosted_page',
          successUrl: 'https://app.example.com',
          cancelUrl: 'https://app.example.com',
        } as const,
        terms: plainTerms,
        collection: nothingCollected,
        fingerprint: 'fingerprint',
        expiresAt: nowSeconds + 3_600,
      };
      stripe.sessions.set(sessionId, {
        id: sessionId,
        order,
        createdMs: clock.nowMs(),
        status: 'complete',
        paymentPending: false,
      });
      const bought = { id: `sub_${stripe.subscriptions.size + 1}`, customerId, ...fields };
      const payment = {
        sessionId,
        sub,
        poolId: POOL_ID,
        givesTrial: false,
        refunded: false,
        isRefundedByPolicy: false,
      };
      stripe.payments.set(bought.id, { ...payment, paidMs: clock.nowMs() });
      return { sessionId, subscription: addSubscription(bought) };
    },
  };
}
