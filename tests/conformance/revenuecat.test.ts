/** RevenueCat in memory, as the simulation changes it, reads like the adapter on the simulated one, after the same steps. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRevenueCat } from '../../adapters/revenuecat/client.ts';
import { createPurchases } from '../../adapters/revenuecat/purchases.ts';
import { isUser } from '../../core/stores/apply-store-event.ts';
import type { StorePurchase } from '../../core/stores/purchase.ts';
import { type RevenueCatSimulator, startRevenueCatSimulator } from '../../revenuecat-simulator/index.ts';
import { buyInStore, changeInStore, promote, transfer } from '../../simulation/actions/stores.ts';
import { historyOf } from '../../simulation/find-failure.ts';
import type { ActionKind } from '../../simulation/history.ts';
import { createWorld, START_MS, type User, type World } from '../../simulation/world.ts';
import { boughtBy, clockOf, type Stores, storesOf } from '../../simulation/worlds/stores.ts';
import { directLine } from '../support/worlds.ts';

const KEY = 'sk_conformance';
const DAY = 86_400;

/** One RevenueCat: what happens in it, and how it is read. The users are `user-0` and `user-1`. */
interface Parts {
  readonly stores: Stores;
  readonly nowSeconds: () => number;
  readonly act: (step: Step) => void;
  readonly pass: (days: number) => Promise<void>;
}

const close: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of close.splice(0)) await one();
});

/** A step names what the simulation does, and what the same is at the simulated RevenueCat. */
interface Step {
  readonly kind: ActionKind;
  readonly variant: number;
  readonly at: (revenuecat: RevenueCatSimulator, id: string) => { readonly id: string } | undefined;
}

const user = 'user-0';
const other = 'user-1';

function bought(variant: number, at: (revenuecat: RevenueCatSimulator) => { readonly id: string }): Step {
  return { kind: 'buy_in_store', variant, at };
}
function changed(
  kind: ActionKind,
  variant: number,
  at: (r: RevenueCatSimulator, id: string) => unknown,
): Step {
  return { kind, variant, at: (revenuecat, id) => (at(revenuecat, id), undefined) };
}

const steps = {
  'buys in the App Store': bought(0, (r) => r.purchase({ customerId: user, product: 'monthly_0' })),
  'buys in the Play Store': bought(1, (r) =>
    r.purchase({ customerId: user, product: 'monthly_1', store: 'play_store' }),
  ),
  'buys at Amazon': bought(2, (r) => r.purchase({ customerId: user, product: 'monthly_0', store: 'amazon' })),
  'buys on the web': bought(3, (r) =>
    r.purchase({ customerId: user, product: 'monthly_1', store: 'rc_billing' }),
  ),
  'begins a trial': bought(10, (r) => r.purchase({ customerId: user, product: 'monthly_0', trialDays: 7 })),
  'buys forever': bought(5, (r) => r.purchaseOneTime({ customerId: user, product: 'lifetime' })),
  renews: changed('store_renew', 0, (r, id) => r.renew(id)),
  cancels: changed('store_cancel', 0, (r, id) => r.cancel(id)),
  'resumes the renewal': changed('store_uncancel', 0, (r, id) => r.uncancel(id)),
  'is in a grace': changed('store_payment_fails', 0, (r, id) => r.billingIssue(id)),
  'is retried without access': changed('store_payment_fails', 1, (r, id) =>
    r.billingIssue(id, { graceDays: 0 }),
  ),
  recovers: changed('store_recover', 0, (r, id) => r.recover(id)),
  'is to be paused': changed('store_pause', 0, (r, id) => r.pause(id)),
  resumes: changed('store_resume', 0, (r, id) => r.resume(id)),
  'is refunded': changed('store_refund', 0, (r, id) => r.refund(id)),
  'gets the price of the purchase back': changed('store_refund', 0, (r, id) => r.refundPurchase(id)),
  expires: changed('store_expire', 0, (r, id) => r.expire(id)),
  'transfers it': changed('store_transfer', 0, (r) => r.transfer(user, other)),
  'is given days': {
    kind: 'store_promotion',
    variant: 1,
    at: (r) => {
      r.openApp(user);
      return r.grantEntitlement({ customerId: user, entitlement: 'feature_of_promotion', days: 10 });
    },
  },
  'is given it forever': {
    kind: 'store_promotion',
    variant: 0,
    at: (r) => {
      r.openApp(user);
      return r.grantEntitlement({ customerId: user, entitlement: 'feature_of_promotion' });
    },
  },
} as const satisfies Readonly<Record<string, Step>>;

type StepName = keyof typeof steps;

async function embedded(): Promise<Parts> {
  const revenuecat = await startRevenueCatSimulator({
    apiKeys: [KEY],
    now: () => START_MS,
    products: [
      { storeIdentifier: 'monthly_0', duration: 'P1M', entitlements: ['feature_of_monthly_0'] },
      { storeIdentifier: 'monthly_1', duration: 'P1M', entitlements: ['feature_of_monthly_1'] },
      { storeIdentifier: 'lifetime', entitlements: ['feature_of_lifetime'] },
      { storeIdentifier: 'promotion', entitlements: ['feature_of_promotion'] },
    ],
  });
  close.push(() => revenuecat.close());
  const client = createRevenueCat({
    apiKey: { read: async () => KEY, reread: async () => KEY },
    projectId: revenuecat.projectId,
    base: new URL(revenuecat.url),
    timeoutMs: 5_000,
    maxWaitMs: 0,
    sleep: async () => undefined,
  });
  let last = '';
  return {
    stores: createPurchases({ client, allowSandbox: false }),
    nowSeconds: () => Math.floor(revenuecat.nowMs() / 1000),
    act: ({ at }) => {
      // Every user of the simulation has been anonymous before.
      const id = at(revenuecat, last)?.id;
      if (id !== undefined) revenuecat.logIn(`$RCAnonymousID:${user}`, user);
      last = id ?? last;
    },
    pass: async (days) => void revenuecat.advance(days * DAY),
  };
}

async function inMemory(): Promise<Parts> {
  const history = { ...historyOf(1), hasStores: true, storeClockAheadMs: 0 };
  const ignore = () => undefined;
  const world: World = createWorld(history, 2, {
    onEvent: ignore,
    onStoreEvent: ignore,
    onStoreRemoval: ignore,
    onRowCreation: ignore,
    onRowWrite: ignore,
    onEnding: ignore,
    onLoginDeletion: ignore,
    trace: undefined,
  });
  for (const { sub, username } of world.users) world.cognito.users.set(username, sub);
  const { timeline } = world.context;
  const actions: Partial<Record<ActionKind, typeof buyInStore>> = {
    buy_in_store: buyInStore,
    store_promotion: promote,
    store_transfer: transfer,
  };
  return {
    stores: storesOf(world.stores, directLine(timeline)),
    nowSeconds: () => clockOf(world.stores),
    act: ({ kind, variant }) => {
      const before = boughtBy(world.stores, user).length;
      const [first] = world.users as readonly [User];
      (actions[kind] ?? changeInStore)(world, first, { kind, variant, user: 0, gapMs: 0 });
      const added = boughtBy(world.stores, user).length - before;
      const isNew = kind === 'buy_in_store' || kind === 'store_promotion';
      if (added > 0 && !isNew) throw new Error(`${kind} is not possible in this state.`);
    },
    pass: async (days) => {
      timeline.after(days * DAY * 1000, ignore);
      await timeline.drain(100);
    },
  };
}

/** What counts of a purchase. The two have ids of their own, and months of their own lengths. */
function essence(purchase: StorePurchase, now: number) {
  const { id: _, manageUrl, until, ...rest } = purchase;
  const end = until === null ? 'none' : until > now ? 'to come' : 'past';
  return { ...rest, end, isManaged: manageUrl !== null };
}

async function stateOf({ stores, nowSeconds }: Parts) {
  const now = nowSeconds();
  const ofUser = async (sub: string) => {
    const { known, purchases, asOf } = await stores.readPurchases(sub);
    const ids = await stores.readAliases(sub);
    return {
      known,
      purchases: purchases.map((purchase) => essence(purchase, now)).sort(byText),
      isTimed: asOf === null ? null : Math.abs(asOf - now) <= 2,
      users: ids.filter(isUser),
    };
  };
  return { [user]: await ofUser(user), [other]: await ofUser(other) };
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

const sequences: readonly (readonly (StepName | number)[])[] = [
  ['buys in the App Store', 'renews', 'cancels', 'resumes the renewal', 'cancels', 32],
  ['buys in the Play Store', 'cancels', 'expires'],
  ['buys at Amazon', 'is refunded'],
  ['buys on the web', 'renews', 'expires'],
  ['begins a trial', 'cancels', 8],
  ['begins a trial', 'renews', 'is in a grace', 'recovers'],
  ['buys in the App Store', 'is in a grace', 'expires'],
  ['buys in the App Store', 'is in a grace', 1, 'recovers', 'renews'],
  ['buys in the App Store', 'is retried without access', 'recovers'],
  ['buys in the App Store', 'is retried without access', 'expires'],
  ['buys in the Play Store', 'is to be paused', 'resumes'],
  ['buys in the Play Store', 'is to be paused', 32, 'resumes'],
  ['buys in the Play Store', 'is to be paused', 32, 'expires'],
  ['buys forever', 400, 'gets the price of the purchase back'],
  ['buys in the App Store', 'transfers it'],
  ['buys forever', 'transfers it'],
  ['is given days', 11],
  ['is given it forever', 400],
  ['is given days', 'buys in the App Store', 'cancels', 32],
];

describe('RevenueCat in memory and the simulated one read the same', () => {
  it.each(sequences.map((sequence) => [sequence.join(', '), sequence] as const))(
    'of a user who %s',
    async (_, sequence) => {
      const [memory, server] = [await inMemory(), await embedded()];
      expect(await stateOf(memory)).toEqual(await stateOf(server));
      for (const step of sequence) {
        for (const parts of [memory, server]) {
          if (typeof step === 'number') await parts.pass(step);
          else parts.act(steps[step]);
        }
        expect(await stateOf(memory), `after ${step}`).toEqual(await stateOf(server));
      }
    },
  );

  it('of the ids of a customer who was anonymous before', async () => {
    for (const parts of [await inMemory(), await embedded()]) {
      parts.act(steps['buys in the App Store']);
      const ids = [`$RCAnonymousID:${user}`, user].sort();
      expect([...(await parts.stores.readAliases(user))].sort()).toEqual(ids);
      expect([...(await parts.stores.readAliases(`$RCAnonymousID:${user}`))].sort()).toEqual(ids);
      expect(await parts.stores.readAliases('stranger')).toEqual(['stranger']);
    }
  });

  it('of a customer who is deleted, and one who never was', async () => {
    for (const parts of [await inMemory(), await embedded()]) {
      parts.act(steps['buys in the App Store']);
      parts.act(steps['is given it forever']);
      const { stores } = parts;
      expect(await stores.deleteStoreCustomer('stranger')).toBe('missing');
      expect(await stores.deleteStoreCustomer(user)).toBe('deleted');
      expect(await stores.readPurchases(user)).toEqual({ known: false, purchases: [], asOf: null });
      expect(await stores.readAliases(user)).toEqual([user]);
      expect(await stores.deleteStoreCustomer(user)).toBe('missing');
    }
  });
});
