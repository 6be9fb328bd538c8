/** What users, stores and the dashboard do, for callers in the same process. Each returns the object as the API shows it. */
import { createProduct, type ProductSpec } from '../catalog/catalog.ts';
import { anonymousId, openApp } from '../customers/customers.ts';
import { deleteCustomer } from '../customers/deletion.ts';
import { logIn, share } from '../customers/log-in.ts';
import { type SentEvent, sendEvent, sendTestEvent } from '../events/sent-by-hand.ts';
import type { EndReason } from '../model/values.ts';
import { type OneTimePurchaseRequest, purchaseOnce, refundPurchase } from '../purchases/one-time.ts';
import { restore, transfer } from '../purchases/transfer.ts';
import { customerView, productView, purchaseView, subscriptionView } from '../render/views.ts';
import { type BillingIssueRequest, billingIssue, recover } from '../subscriptions/billing-issue.ts';
import { cancel, refund, uncancel } from '../subscriptions/cancellation.ts';
import { expire } from '../subscriptions/expiration.ts';
import { type Grant, grantEntitlement } from '../subscriptions/grant.ts';
import { pause, resume } from '../subscriptions/pause.ts';
import { changeProduct, extend, type ProductChange } from '../subscriptions/product-change.ts';
import { type PurchaseRequest, purchaseSubscription } from '../subscriptions/purchase.ts';
import { renew } from '../subscriptions/renewal.ts';
import type { World } from '../world/world.ts';

export type Operations = ReturnType<typeof operationsOn>;

export interface Around {
  /** Brings the world to the current time. */
  readonly before: () => void;
  /** Stores what has changed. */
  readonly after: () => void;
}

export function operationsOn(world: World, { before, after }: Around) {
  const at = <A extends readonly unknown[], R>(operation: (...args: A) => R) =>
    between(before, operation, after);
  return {
    /** Returns a new `$RCAnonymousID:…`, which a device has before anyone logs in. */
    anonymousId: at(() => anonymousId(world)),
    /** The app starts on a device: the customer is created, or seen again. */
    openApp: at((customerId: string) => customerView(world, openApp(world, customerId))),
    /** The anonymous id becomes an alias of the user. */
    logIn: at((anonymous: string, userId: string) => customerView(world, logIn(world, anonymous, userId))),
    /** One customer has both users from now on, and what both have bought. */
    share: at((userId: string, withUserId: string) => customerView(world, share(world, userId, withUserId))),
    /** Buys a subscription. */
    purchase: at((request: PurchaseRequest) => subscriptionView(world, purchaseSubscription(world, request))),
    /** Buys a one-time product, such as a lifetime product. */
    purchaseOneTime: at((request: OneTimePurchaseRequest) =>
      purchaseView(world, purchaseOnce(world, request)),
    ),
    /** Charges the next period now. An expired subscription starts again. */
    renew: at((id: string) => subscriptionView(world, renew(world, id))),
    /** Turns the renewal off. Access goes on until the period ends. */
    cancel: at((id: string, reason?: EndReason) => subscriptionView(world, cancel(world, id, reason))),
    uncancel: at((id: string) => subscriptionView(world, uncancel(world, id))),
    /** The renewal fails, now or at the end of the period. */
    billingIssue: at((id: string, request?: BillingIssueRequest) =>
      subscriptionView(world, billingIssue(world, id, request)),
    ),
    /** The failed charge succeeds. */
    recover: at((id: string) => subscriptionView(world, recover(world, id))),
    /** Refunds the current period. Access ends at once. */
    refund: at((id: string) => subscriptionView(world, refund(world, id))),
    refundPurchase: at((id: string) => purchaseView(world, refundPurchase(world, id))),
    /** Schedules a pause of the Play Store for the end of the period. */
    pause: at((id: string, days?: number) => subscriptionView(world, pause(world, id, days))),
    resume: at((id: string) => subscriptionView(world, resume(world, id))),
    changeProduct: at((id: string, request: ProductChange) =>
      subscriptionView(world, changeProduct(world, id, request)),
    ),
    /** Ends the subscription now. */
    expire: at((id: string, reason?: EndReason) => subscriptionView(world, expire(world, id, reason))),
    /** Moves the end of the current period. */
    extend: at((id: string, days: number) => subscriptionView(world, extend(world, id, days))),
    /** Moves everything that one customer bought to another. */
    transfer: at((from: string, to: string) => customerView(world, transfer(world, from, to))),
    /** The user restores a purchase on a device of this customer. */
    restore: at((id: string, customerId: string) => subscriptionView(world, restore(world, id, customerId))),
    /** Grants an entitlement by hand. */
    grantEntitlement: at((grant: Grant) => subscriptionView(world, grantEntitlement(world, grant))),
    deleteCustomer: at((id: string) => deleteCustomer(world, id)),
    createProduct: at((spec: ProductSpec) => productView(world, createProduct(world, spec))),
    sendTestEvent: at(() => sendTestEvent(world)),
    /** Sends an event of any type, which no change causes. */
    sendEvent: at((event: SentEvent) => sendEvent(world, event)),
  };
}

function between<A extends readonly unknown[], R>(
  before: () => void,
  operation: (...args: A) => R,
  after: () => void,
): (...args: A) => R {
  return (...args) => {
    before();
    try {
      return operation(...args);
    } finally {
      after();
    }
  };
}
