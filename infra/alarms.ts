/** What wakes somebody up. Each alarm has an entry under its own name in docs/runbook.md. */
import { type FunctionName, functionNames, functionSpecs } from '../contract/functions.ts';
import { type WatchedMetric, watchedMetrics } from '../contract/metrics.ts';

/** What is counted or measured, in the words of the systems that do it. */
export type AlarmSource =
  | {
      readonly kind: 'log_metric';
      readonly metric: WatchedMetric;
      readonly functions: readonly FunctionName[];
    }
  | {
      readonly kind: 'lambda';
      readonly metric: 'Errors' | 'Throttles';
      readonly functions: readonly FunctionName[];
    }
  /** p99 of the duration, in milliseconds. */
  | { readonly kind: 'lambda_p99'; readonly functions: readonly [FunctionName] }
  | { readonly kind: 'api_5xx' }
  | { readonly kind: 'dead_letters' }
  /** Of both tables. */
  | { readonly kind: 'dynamodb'; readonly metric: 'throttled' | 'system_errors' };

export interface AlarmSpec {
  /** Kebab-case: the heading in the runbook, and the end of the alarm's name. */
  readonly name: string;
  readonly source: AlarmSource;
  /** The alarm goes off at this value or above; with `absent`, when nothing was counted. */
  readonly threshold: number;
  readonly absent?: true;
  readonly periodMinutes: number;
  /** Of this many periods in a row, so many must be beyond the threshold. */
  readonly periods: { readonly of: number; readonly beyond: number };
  /** One line of what it means for a customer. */
  readonly meaning: string;
}

const once = { of: 1, beyond: 1 };
const routed = functionNames.filter((name) => 'routes' in functionSpecs[name]);

const { requestFailed, signatureInvalid, webhookMalformed, signUpIncomplete, signUpFailed } = watchedMetrics;
const { orphanedCheckout, ownerContradiction, drift, reconcileFailed, reconcileRun } = watchedMetrics;

const counted: readonly AlarmSpec[] = [
  {
    name: 'requests-fail',
    source: {
      kind: 'log_metric',
      metric: requestFailed,
      functions: routed.filter((name) => name !== 'stripe-webhook' && name !== 'delete-user'),
    },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning: 'People get 500 or 503 from reading their entitlements, checkout or the portal.',
  },
  {
    name: 'webhook-fails',
    source: { kind: 'log_metric', metric: requestFailed, functions: ['stripe-webhook'] },
    threshold: 5,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning:
      'Deliveries are answered 5xx: Stripe sends them again for three days, and access lags until then.',
  },
  {
    name: 'webhook-signatures-refused',
    source: { kind: 'log_metric', metric: signatureInvalid, functions: ['stripe-webhook'] },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning:
      'Deliveries carry a signature of another secret: a rolled secret, or somebody who is not Stripe.',
  },
  {
    name: 'webhook-malformed',
    source: { kind: 'log_metric', metric: webhookMalformed, functions: ['stripe-webhook'] },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'A signed delivery is not an event that can be read.',
  },
  {
    name: 'sign-up-without-customer',
    source: { kind: 'log_metric', metric: signUpIncomplete, functions: ['post-confirmation'] },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning:
      'Somebody signed up without customer or rows; the first checkout or the next reconcile makes them.',
  },
  {
    name: 'sign-up-fails',
    source: { kind: 'log_metric', metric: signUpFailed, functions: ['post-confirmation'] },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'The sign-up trigger could not do any of its work.',
  },
  {
    name: 'deletions-unfinished',
    source: { kind: 'log_metric', metric: requestFailed, functions: ['delete-user'] },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'A deletion stopped half way. The app asks again, or reconcile finishes it.',
  },
  {
    name: 'checkout-orphaned',
    source: {
      kind: 'log_metric',
      metric: orphanedCheckout,
      functions: ['stripe-webhook', 'checkout', 'reconcile'],
    },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning:
      'Somebody paid for an account that is deleted; the subscription was cancelled, the money may be owed.',
  },
  {
    name: 'owner-contradicted',
    source: {
      kind: 'log_metric',
      metric: ownerContradiction,
      functions: ['stripe-webhook', 'checkout', 'reconcile'],
    },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'Stripe names two users for one customer; neither is let in by it.',
  },
  {
    name: 'drift',
    source: { kind: 'log_metric', metric: drift, functions: ['reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning: 'Reconcile found users whose rows did not agree with Stripe or Cognito.',
  },
  {
    name: 'reconcile-fails',
    source: { kind: 'log_metric', metric: reconcileFailed, functions: ['reconcile'] },
    threshold: 1,
    periodMinutes: 60,
    periods: once,
    meaning: 'A run could not check or heal what it came upon.',
  },
  {
    name: 'reconcile-silent',
    source: { kind: 'log_metric', metric: reconcileRun, functions: ['reconcile'] },
    threshold: 1,
    absent: true,
    // Hour by hour, since one period of a day would run from midnight to midnight; two more for a late start.
    periodMinutes: 60,
    periods: { of: 26, beyond: 26 },
    meaning: 'No run of reconcile has ended for a day: whatever a webhook missed stays missed.',
  },
];

const measured: readonly AlarmSpec[] = [
  {
    name: 'functions-crash',
    source: { kind: 'lambda', metric: 'Errors', functions: functionNames },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'A function ended without an answer: a timeout, too little memory, or a bug.',
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
    meaning: "The account's concurrency is used up: calls are refused before they start.",
  },
  {
    name: 'api-5xx',
    source: { kind: 'api_5xx' },
    threshold: 5,
    periodMinutes: 5,
    periods: once,
    meaning: 'API Gateway itself answers 5xx: a function cannot be called, or takes too long.',
  },
  {
    name: 'reconcile-dead-letters',
    source: { kind: 'dead_letters' },
    threshold: 1,
    periodMinutes: 5,
    periods: once,
    meaning: 'The schedule could not start a run, or a run crashed twice.',
  },
  {
    name: 'dynamodb-throttled',
    source: { kind: 'dynamodb', metric: 'throttled' },
    threshold: 1,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: 'DynamoDB refuses reads or writes for their number.',
  },
  {
    name: 'dynamodb-errors',
    source: { kind: 'dynamodb', metric: 'system_errors' },
    threshold: 1,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: 'DynamoDB itself fails.',
  },
];

/** All that somebody or something waits for. */
const slow: readonly AlarmSpec[] = functionNames
  .filter((name) => name !== 'reconcile')
  .map((name) => ({
    name: `${name}-slow`,
    source: { kind: 'lambda_p99', functions: [name] },
    threshold: functionSpecs[name].timeoutSeconds * 800,
    periodMinutes: 5,
    periods: { of: 3, beyond: 2 },
    meaning: `One call in a hundred of ${name} takes more than 80 % of its ${String(functionSpecs[name].timeoutSeconds)} s.`,
  }));

export const alarms: readonly AlarmSpec[] = [...counted, ...measured, ...slow];
