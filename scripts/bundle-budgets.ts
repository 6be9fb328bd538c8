/**
 * The greatest size of each function's bundle, in KiB. What Lambda loads at a cold start grows only on purpose: a test
 * compares the bundles with this table, and `npm run build` prints both.
 */
import type { FunctionName } from '../contract/functions.ts';

export const budgetsKib: Readonly<Record<FunctionName, number>> = {
  'billing-portal': 94,
  checkout: 170,
  'delete-user': 123,
  'entitlements-api': 50,
  'post-confirmation': 99,
  prices: 74,
  reconcile: 217,
  'revenuecat-webhook': 77,
  'stripe-webhook': 145,
};
