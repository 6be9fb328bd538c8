/** The alarms. Each has an entry under its own name in docs/runbook.md. */
import { type FunctionName, functionNames, functionSpecs } from '../contract/functions.ts';
import { watchedMetrics } from '../contract/metrics.ts';
import type { AlarmSpec } from './alarm-spec.ts';
import { functionsOf, type StageShape } from './functions.ts';

const once = { of: 1, beyond: 1 };
const atOnce = { threshold: 1, periodMinutes: 5, periods: once } as const;
/** Functions whose failed requests have an alarm of their own. */
const watchedAlone: readonly FunctionName[] = ['stripe-webhook', 'revenuecat-webhook', 'delete-user'];
/** The function behind the queue, or without one, and the one in front of it. */
const stripeWebhooks: readonly FunctionName[] = ['stripe-webhook', 'stripe-webhook-intake'];
const routed = functionNames.filter((name) => 'routes' in functionSpecs[name]);

const { requestFailed, signatureInvalid, webhookMalformed, signUpIncomplete, signUpFailed } = watchedMetrics;
const { orphanedCheckout, deletionRefundFailed, ownerContradiction, drift, reconcileFailed, reconcileRun } =
  watchedMetrics;
const { deletionLimitReached, storeRemovalStuck, misconfigured, requestRefused } = watchedMetrics;

const counted: readonly AlarmSpec[] = [
  {
    name: 'requests-fail',
    source: {
      kind: 'log_metric',
      metric: requestFailed,
      functions: routed.filter((name) => !watchedAlone.includes(name)),
    },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning:
      'Users get 500 or 503 when they read their entitlements or open the checkout or the billing portal.',
  },
  {
    name: 'misconfigured',
    source: { kind: 'log_metric', metric: misconfigured, functions: functionNames },
    ...atOnce,
    meaning: 'A setting is missing or wrong, or another system refuses requests because of one.',
  },
  {
    name: 'requests-refused',
    source: { kind: 'log_metric', metric: requestRefused, functions: functionNames },
    ...atOnce,
    meaning: 'Another system refuses a request permanently, for a reason that this version does not know.',
  },
  {
    name: 'webhook-fails',
    source: { kind: 'log_metric', metric: requestFailed, functions: stripeWebhooks },
    threshold: 5,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning:
      'Webhook deliveries fail with 5xx. Stripe retries them for three days; until then access is out of date.',
  },
  {
    name: 'webhook-signatures-refused',
    source: { kind: 'log_metric', metric: signatureInvalid, functions: stripeWebhooks },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning:
      'Webhook deliveries have an invalid signature: the secret was rotated, or the sender is not Stripe.',
  },
  {
    name: 'webhook-malformed',
    source: { kind: 'log_metric', metric: webhookMalformed, functions: stripeWebhooks },
    ...atOnce,
    meaning: 'A correctly signed webhook delivery is not a Stripe event.',
  },
  {
    name: 'store-webhook-fails',
    source: { kind: 'log_metric', metric: requestFailed, functions: ['revenuecat-webhook'] },
    // RevenueCat sends few events and stops early, so a few failures count, and a quarter of an hour is watched at once.
    threshold: 3,
    periodMinutes: 15,
    periods: once,
    meaning:
      "RevenueCat's deliveries fail with 5xx. It repeats each one five times within two and a half hours, then never; until the next reconcile run, access is out of date for people who pay in an app store.",
  },
  {
    name: 'store-webhook-refused',
    source: { kind: 'log_metric', metric: signatureInvalid, functions: ['revenuecat-webhook'] },
    threshold: 3,
    periodMinutes: 60,
    periods: once,
    meaning:
      "RevenueCat's deliveries do not carry the shared Authorization header: it was replaced on one side only, or the sender is not RevenueCat. Refused deliveries are repeated for two and a half hours.",
  },
  {
    name: 'store-webhook-malformed',
    source: { kind: 'log_metric', metric: webhookMalformed, functions: ['revenuecat-webhook'] },
    ...atOnce,
    meaning: 'A delivery with the shared Authorization header is not a RevenueCat event.',
  },
  {
    name: 'sign-up-without-customer',
    source: { kind: 'log_metric', metric: signUpIncomplete, functions: ['post-confirmation'] },
    ...atOnce,
    meaning:
      'A user signed up, but their customer, profile or entitlement row is missing. The first checkout or the next reconcile run creates it.',
  },
  {
    name: 'sign-up-fails',
    source: { kind: 'log_metric', metric: signUpFailed, functions: ['post-confirmation'] },
    ...atOnce,
    meaning: 'The sign-up trigger failed before it could write anything.',
  },
  {
    name: 'deletions-unfinished',
    source: { kind: 'log_metric', metric: requestFailed, functions: ['delete-user'] },
    ...atOnce,
    meaning:
      'An account deletion stopped part way. A retry by the app or the next reconcile run finishes it.',
  },
  {
    name: 'checkout-orphaned',
    source: {
      kind: 'log_metric',
      metric: orphanedCheckout,
      functions: ['stripe-webhook', 'checkout', 'reconcile'],
    },
    ...atOnce,
    meaning:
      'A checkout was paid for a deleted account. Check that the subscription was canceled and the payment refunded.',
  },
  {
    name: 'deletion-refund-failed',
    source: {
      kind: 'log_metric',
      metric: deletionRefundFailed,
      functions: ['delete-user', 'reconcile', 'stripe-webhook'],
    },
    ...atOnce,
    meaning:
      'A deleted account was not refunded as the policy promises. The account is gone, so return the money in another way.',
  },
  {
    name: 'owner-contradicted',
    source: {
      kind: 'log_metric',
      metric: ownerContradiction,
      functions: [
        'stripe-webhook',
        'checkout',
        'billing-portal',
        'subscription',
        'billing',
        'delete-user',
        'reconcile',
      ],
    },
    ...atOnce,
    meaning:
      "A profile, a row or an event names another user than its Stripe customer. The user in the customer's own metadata gets the access.",
  },
  {
    name: 'drift',
    source: { kind: 'log_metric', metric: drift, functions: ['reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning: 'Reconcile found users whose rows differed from Stripe or Cognito.',
  },
  {
    name: 'reconcile-fails',
    source: { kind: 'log_metric', metric: reconcileFailed, functions: ['reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning: 'A reconcile run could not check or repair some accounts.',
  },
  {
    name: 'deletion-limit-reached',
    source: { kind: 'log_metric', metric: deletionLimitReached, functions: ['stripe-webhook', 'reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning:
      'More customers, accounts and rows seem to belong to no user than the deletion limit allows. Nothing is ended until a person decides.',
  },
  {
    name: 'store-customer-remains',
    ofStores: true,
    source: { kind: 'log_metric', metric: storeRemovalStuck, functions: ['delete-user', 'reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning:
      'RevenueCat still has the customer of a deleted account: it refuses to delete it, or has not answered for three days.',
  },
  {
    name: 'reconcile-silent',
    source: { kind: 'log_metric', metric: reconcileRun, functions: ['reconcile'] },
    threshold: 1,
    absent: true,
    // Hourly periods, because a period of one day would run from midnight to midnight. 26 allow for a late start.
    periodMinutes: 60,
    periods: { of: 26, beyond: 26 },
    meaning: 'No reconcile run has ended for a day. Events that the webhook missed are not applied.',
  },
];

const measured: readonly AlarmSpec[] = [
  {
    name: 'functions-crash',
    source: { kind: 'lambda', metric: 'Errors', functions: functionNames },
    ...atOnce,
    meaning: 'A function ended without a response: a timeout, too little memory, or a bug.',
  },
  {
    name: 'functions-throttled',
    source: {
      kind: 'lambda',
      metric: 'Throttles',
      functions: functionNames.filter((name) => name !== 'reconcile'),
    },
    threshold: 1,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: "The AWS account's concurrency is used up: invocations are rejected before they start.",
  },
  {
    name: 'api-5xx',
    source: { kind: 'api_5xx' },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning: 'API Gateway returns 5xx: it cannot call a function, or the function takes too long.',
  },
  {
    name: 'reconcile-dead-letters',
    source: { kind: 'dead_letters' },
    ...atOnce,
    meaning: 'The schedule could not start a reconcile run, or a run crashed twice.',
  },
  {
    name: 'webhook-queue-late',
    ofQueue: true,
    source: { kind: 'event_queue', metric: 'age' },
    threshold: 900,
    periodMinutes: 5,
    periods: { of: 3, beyond: 3 },
    meaning:
      'The oldest event in the queue waits for more than a quarter of an hour: Stripe or DynamoDB fails, or more events arrive than the worker may carry out.',
  },
  {
    name: 'webhook-dead-letters',
    ofQueue: true,
    source: { kind: 'event_queue', metric: 'dead_letters' },
    ...atOnce,
    meaning:
      'An event failed a hundred times over more than three hours and is no longer tried. Until it is redriven or reconcile runs, access is out of date.',
  },
  {
    name: 'dynamodb-throttled',
    source: { kind: 'dynamodb', metric: 'throttled' },
    threshold: 1,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: 'DynamoDB throttles reads or writes.',
  },
  {
    name: 'dynamodb-errors',
    source: { kind: 'dynamodb', metric: 'system_errors' },
    threshold: 1,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: 'DynamoDB returns server errors.',
  },
];

/** One alarm for each function that a user or another system waits for. */
const slow: readonly AlarmSpec[] = functionNames
  .filter((name) => name !== 'reconcile')
  .map((name) => ({
    name: `${name}-slow`,
    source: { kind: 'lambda_p99', functions: [name] },
    threshold: functionSpecs[name].timeoutSeconds * 800,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: `The p99 duration of ${name} is above 80 % of its ${String(functionSpecs[name].timeoutSeconds)} s timeout.`,
  }));

/** All alarms, of a stage whose apps sell in app stores. */
export const alarms: readonly AlarmSpec[] = [...counted, ...measured, ...slow];

/** Returns the alarms of a stage, each on the functions that the stage has. */
export function alarmsOf(stage: StageShape): readonly AlarmSpec[] {
  const deployed = functionsOf(stage);
  return alarms.flatMap((alarm) => {
    const { source } = alarm;
    if (alarm.ofStores === true && stage.stores === null) return [];
    if (alarm.ofQueue === true && stage.webhookQueue === null) return [];
    if (!('functions' in source)) return [alarm];
    const functions = source.functions.filter((name) => deployed.includes(name));
    if (functions.length === 0) return [];
    if (source.kind === 'lambda_p99') return [alarm];
    return inParts(functions).map((part, index) => ({
      ...alarm,
      ...(index === 0 ? {} : { name: `${alarm.name}-${index + 1}`, runbook: alarm.name }),
      source: { ...source, functions: part },
    }));
  });
}

/** An alarm of CloudWatch adds up at most ten metrics, so one about more functions is several. */
const MAX_SUMMANDS = 10;

function inParts(functions: readonly FunctionName[]): readonly (readonly FunctionName[])[] {
  const starts = functions.flatMap((_, index) => (index % MAX_SUMMANDS === 0 ? [index] : []));
  return starts.map((start) => functions.slice(start, start + MAX_SUMMANDS));
}
