/**
 * The Lambda functions of the product: the names of their folders in `dist/functions/`, what calls them, and
 * how long they may run. One list, read by the build, the local cloud and the infrastructure.
 */

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** `cognito`: the authorizer refuses a request without a valid token of the pool. `none`: anyone may call. */
  readonly authorizer: 'cognito' | 'none';
}

export interface FunctionSpec {
  /** Lambda's own limit. API Gateway stops waiting after 29 s (REST) or 30 s (HTTP), Cognito after 5 s. */
  readonly timeoutSeconds: number;
  readonly routes?: readonly HttpRoute[];
}

export const functionSpecs = {
  'post-confirmation': { timeoutSeconds: 5 },
  'stripe-webhook': {
    timeoutSeconds: 20,
    routes: [{ method: 'POST', path: '/stripe/webhook', authorizer: 'none' }],
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
      // The way back from Checkout. Beside the plain read it would cost that one half its cold start again, for
      // Stripe's library, and give it the right to write.
      { method: 'POST', path: '/me/entitlements/sync', authorizer: 'cognito' },
    ],
  },
  'billing-portal': {
    timeoutSeconds: 15,
    routes: [{ method: 'POST', path: '/me/billing-portal-session', authorizer: 'cognito' }],
  },
  /** Called by a schedule: as much of a run as the time allows, and the next call goes on. */
  reconcile: { timeoutSeconds: 900 },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functionSpecs;

export const functionNames = Object.keys(functionSpecs) as FunctionName[];
