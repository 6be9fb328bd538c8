/**
 * The Lambda functions: the names of their folders in `dist/functions/`, their routes and their time limits. The
 * build, the local cloud and the infrastructure read this one list.
 */

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** `cognito`: the authorizer rejects requests without a valid token of the pool. `none`: anyone may call. */
  readonly authorizer: 'cognito' | 'none';
}

export interface FunctionSpec {
  /** Lambda's time limit. API Gateway stops waiting after 29 s (REST) or 30 s (HTTP), Cognito after 5 s. */
  readonly timeoutSeconds: number;
  readonly routes?: readonly HttpRoute[];
  /** The function whose routes this one takes over in a stage with a queue between the two. */
  readonly inFrontOf?: string;
}

export const functionSpecs = {
  'post-confirmation': { timeoutSeconds: 5 },
  'stripe-webhook': {
    timeoutSeconds: 20,
    routes: [{ method: 'POST', path: '/stripe/webhook', authorizer: 'none' }],
  },
  /** Only in a stage with a queue: puts genuine events onto it, and `stripe-webhook` carries them out. */
  'stripe-webhook-intake': { timeoutSeconds: 10, inFrontOf: 'stripe-webhook' },
  'revenuecat-webhook': {
    // RevenueCat waits 60 seconds.
    timeoutSeconds: 28,
    routes: [{ method: 'POST', path: '/revenuecat/webhook', authorizer: 'none' }],
  },
  'entitlements-api': {
    timeoutSeconds: 10,
    routes: [{ method: 'GET', path: '/me/entitlements', authorizer: 'cognito' }],
  },
  'delete-user': {
    timeoutSeconds: 28,
    routes: [{ method: 'DELETE', path: '/me/account', authorizer: 'cognito' }],
  },
  checkout: {
    timeoutSeconds: 28,
    routes: [
      { method: 'POST', path: '/me/checkout-session', authorizer: 'cognito' },
      // Called when a user returns from Checkout. As part of entitlements-api, it would make that function's cold
      // start half as long again (Stripe's library) and require write permissions there.
      { method: 'POST', path: '/me/entitlements/sync', authorizer: 'cognito' },
      // Here and not in `prices`: whether a trial would begin is known from the claims that only the checkout may read,
      // and API Gateway has no authorizer that lets strangers pass, so it is a route of its own.
      { method: 'GET', path: '/me/prices', authorizer: 'cognito' },
    ],
  },
  'billing-portal': {
    timeoutSeconds: 15,
    routes: [{ method: 'POST', path: '/me/billing-portal-session', authorizer: 'cognito' }],
  },
  /** Changes the plan of a subscription, and shows before what that bills. */
  subscription: {
    timeoutSeconds: 28,
    routes: [
      { method: 'POST', path: '/me/subscription', authorizer: 'cognito' },
      { method: 'POST', path: '/me/subscription/preview', authorizer: 'cognito' },
    ],
  },
  /** Reads more of Stripe than any other, and writes nothing. */
  billing: {
    timeoutSeconds: 15,
    routes: [{ method: 'GET', path: '/me/billing', authorizer: 'cognito' }],
  },
  /** Reads Stripe alone, so that a page that anyone may open reaches no user's data. */
  prices: {
    timeoutSeconds: 15,
    routes: [{ method: 'GET', path: '/prices', authorizer: 'none' }],
  },
  /** Called by a schedule. Each call works until its time is nearly up, and the next call resumes there. */
  reconcile: { timeoutSeconds: 900 },
} as const satisfies Record<string, FunctionSpec>;

/** The headers of an answer that a page of another origin may read. */
export const exposedHeaders = ['Retry-After'] as const;

export type FunctionName = keyof typeof functionSpecs;

export const functionNames = Object.keys(functionSpecs) as FunctionName[];

/** Returns the routes with the function that serves each, in a stage with or without the queue. */
export function routesIn(
  functions: Readonly<Record<string, FunctionSpec>>,
  hasQueue: boolean,
): readonly (HttpRoute & { readonly name: string })[] {
  const all = Object.entries(functions);
  return all.flatMap(([name, { routes = [] }]) => {
    const before = all.find(([, { inFrontOf }]) => hasQueue && inFrontOf === name);
    return routes.map((route) => ({ ...route, name: before?.[0] ?? name }));
  });
}
