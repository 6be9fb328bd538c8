/** Runs the functions of a stage whose apps sell in app stores, along the paths that ask RevenueCat. */
import { apiEvent } from '../support/api-events.ts';
import type { RevenueCatStub } from '../support/revenuecat-stub.ts';
import { type PathContext, plainPaths, poolUser, subscriber } from './paths.ts';

export const STORE_HEADER = 'a-header-value-of-a-test';

export interface StoreContext extends PathContext {
  readonly revenueCat: RevenueCatStub;
}

function renewal(sub: string): object {
  const event = { id: `event-of-${sub}`, type: 'RENEWAL', app_user_id: sub, aliases: [sub] };
  return apiEvent('http', {
    method: 'POST',
    path: '/revenuecat/webhook',
    headers: { authorization: STORE_HEADER, 'content-type': 'application/json' },
    body: JSON.stringify({ api_version: '1.0', event }),
  });
}

/** The plain paths, by their names in the cost model. Most users have bought nothing in a store, and are asked about too. */
export const plainStorePaths = {
  store_webhook: async ({ stage, revenueCat }: StoreContext) => {
    const { sub } = await poolUser(stage);
    await stage.putProfile({ userId: sub });
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
    revenueCat.addSubscriber(sub);
    return () => stage.call('revenuecat-webhook', renewal(sub));
  },
  store_sync: (context: StoreContext) => plainPaths.sync(context),
  store_checkout: (context: StoreContext) => plainPaths.checkout(context),
  store_deletion: (context: StoreContext) => plainPaths.deletion(context),
} as const satisfies Record<string, (context: StoreContext) => Promise<() => Promise<unknown>>>;

/** Paths that need permissions which no plain path needs. */
export const rareStorePaths: Readonly<Record<string, (context: StoreContext) => Promise<unknown>>> = {
  'a purchase of a user without a row, and one of a deleted account': async ({ stage, revenueCat }) => {
    await stage.putProfile({ userId: 'buyer-without-row' });
    await stage.putEntitlement({ cognito_sub: 'deleted-store-buyer', status: 'active', provisional: true });
    for (const sub of ['buyer-without-row', 'deleted-store-buyer']) {
      revenueCat.addSubscriber(sub);
      await stage.call('revenuecat-webhook', renewal(sub));
    }
  },
  'a deletion while RevenueCat refuses, and its repetition': async (context) => {
    const remove = await plainPaths.deletion(context);
    context.revenueCat.refuse(/./, 403);
    await remove();
    context.revenueCat.calm();
    await remove();
  },
  'a reconcile run that finds a purchase whose webhook was lost': async (context) => {
    const { sub } = await subscriber(context);
    context.revenueCat.addSubscriber(sub);
    await context.stage.invoke('reconcile', {});
  },
};
