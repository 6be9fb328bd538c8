/** How each function runs: its runtime, its memory, and its environment from the stage's configuration. */
import { type FunctionName, functionNames, functionSpecs } from '../contract/functions.ts';
import { environment as billing } from '../functions/billing/config.ts';
import { environment as billingPortal } from '../functions/billing-portal/config.ts';
import { environment as checkout } from '../functions/checkout/config.ts';
import { environment as deleteUser } from '../functions/delete-user/config.ts';
import { environment as entitlementsApi } from '../functions/entitlements-api/config.ts';
import { environment as postConfirmation } from '../functions/post-confirmation/config.ts';
import { environment as prices } from '../functions/prices/config.ts';
import { environment as reconcile } from '../functions/reconcile/config.ts';
import { environment as revenueCatWebhook } from '../functions/revenuecat-webhook/config.ts';
import { environment as stripeWebhook } from '../functions/stripe-webhook/config.ts';
import { environment as stripeWebhookIntake } from '../functions/stripe-webhook-intake/config.ts';
import { environment as subscription } from '../functions/subscription/config.ts';
import type { StageConfig } from './config.ts';
import { readsTrialHashKey } from './permissions.ts';

export const RUNTIME = 'nodejs24.x';
export const ARCHITECTURE = 'arm64';
export const HANDLER = 'index.handler';

/** Functions that nothing would call in a stage whose apps sell in no app store. */
const functionsOfStores: ReadonlySet<FunctionName> = new Set<FunctionName>(['revenuecat-webhook']);

/** Functions that nothing would call in a stage without a queue. */
const functionsOfQueue: ReadonlySet<FunctionName> = new Set<FunctionName>(['stripe-webhook-intake']);

/** What decides which functions, routes, permissions and alarms a stage has. */
export type StageShape = Pick<StageConfig, 'stores' | 'webhookQueue'>;

/** Returns the functions of a stage: what is not deployed can neither be called nor be misconfigured. */
export function functionsOf({ stores, webhookQueue }: StageShape): readonly FunctionName[] {
  return functionNames
    .filter((name) => stores !== null || !functionsOfStores.has(name))
    .filter((name) => webhookQueue !== null || !functionsOfQueue.has(name));
}

/**
 * Memory in MB. CPU grows with memory: at 256 MB, loading a bundle with the Stripe and AWS libraries takes about twice
 * as long as at 512. Cognito waits 5 s for the trigger, cold start included, and users wait for checkout and portal.
 * `entitlements-api` loads one small library, and `reconcile` waits for Stripe rather than for its CPU.
 */
export const memoryMb: Readonly<Record<FunctionName, number>> = {
  'post-confirmation': 512,
  'stripe-webhook': 512,
  'stripe-webhook-intake': 256,
  'revenuecat-webhook': 256,
  'entitlements-api': 256,
  'delete-user': 512,
  checkout: 512,
  'billing-portal': 512,
  subscription: 512,
  billing: 512,
  prices: 512,
  reconcile: 512,
};

/** Returns 1 for `reconcile` if the stage reserves it: two runs at once would use twice the share of Stripe's limit. */
export function reservedConcurrencyOf(name: FunctionName, { reconcile }: StageConfig): number | undefined {
  return name === 'reconcile' && reconcile.reserveConcurrency ? 1 : undefined;
}

/** The environment variables that each function reads, from its own folder. */
export const environmentNames: Readonly<Record<FunctionName, readonly string[]>> = {
  'post-confirmation': postConfirmation,
  'stripe-webhook': stripeWebhook,
  'stripe-webhook-intake': stripeWebhookIntake,
  'revenuecat-webhook': revenueCatWebhook,
  'entitlements-api': entitlementsApi,
  'delete-user': deleteUser,
  checkout,
  'billing-portal': billingPortal,
  subscription,
  billing,
  prices,
  reconcile,
};

/** Ids and ARNs that only the deployment knows, as strings or as CDK tokens. */
export interface Deployed<Text> {
  readonly userPoolId: Text;
  readonly stripeApiKeyArn: Text;
  readonly stripeWebhookSecretArn: Text;
  readonly revenueCatApiKeyArn: Text;
  readonly revenueCatWebhookSecretArn: Text;
  readonly trialHashKeyArn: Text;
  /** Of the queue between the webhook and its worker. Null in a stage without one. */
  readonly eventQueue: { readonly url: Text; readonly arn: Text } | null;
}

/** Variables that Lambda sets itself, that replace a secret's ARN, or that only tests and the local cloud use. */
const neverSet = new Set([
  'AWS_REGION',
  'STRIPE_API_BASE',
  'STRIPE_API_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'REVENUECAT_API_BASE',
  'REVENUECAT_API_KEY',
  'REVENUECAT_WEBHOOK_SECRET',
  'TRIAL_HASH_KEY',
]);

/**
 * Returns the environment of one function: the variables that it reads and the stage has values for. It names secrets
 * by their ARN, because anyone who may view the function can see its environment.
 */
export function environmentOf<Text>(
  name: FunctionName,
  stage: { readonly name: string; readonly config: StageConfig },
  deployed: Deployed<Text>,
): Readonly<Record<string, string | Text>> {
  const values: Record<string, string | Text | null> = {
    ...configured(stage.config),
    ...arns(name, stage.config, deployed),
  };
  const read = environmentNames[name]
    .filter((variable) => !neverSet.has(variable))
    .flatMap((variable) => {
      const value = values[variable];
      if (value === undefined)
        throw new Error(
          `${name} reads ${variable}, but infra/functions.ts has no value for it. Add it there.`,
        );
      return value === null ? [] : [[variable, value] as const];
    });
  return { STAGE: stage.name, FUNCTION: name, ...Object.fromEntries(read) };
}

function configured(config: StageConfig): Record<string, string | null> {
  return {
    USERS_TABLE: config.tables.users.name,
    ENTITLEMENTS_TABLE: config.tables.entitlements.name,
    ALLOWED_ORIGINS: [...config.api.allowedOrigins, ...(config.api.appLinks ?? [])].join(',') || null,
    STRIPE_MODE: config.stripeMode ?? null,
    CHECKOUT_PRICES: config.checkout.prices.join(','),
    CHECKOUT_MAX_QUANTITY: String(config.checkout.maxQuantity),
    CHECKOUT_PROMOTION_CODES: String(config.checkout.promotionCodes),
    CHECKOUT_SUCCESS_URL: config.checkout.successUrl,
    CHECKOUT_CANCEL_URL: config.checkout.cancelUrl,
    ...termsOf(config.checkout),
    TRIAL_DAYS: String(config.checkout.trialDays),
    SIGN_UP_TRIAL_DAYS: config.access.signUpTrialDays === 0 ? null : String(config.access.signUpTrialDays),
    REVENUECAT_PROJECT_ID: config.stores?.revenueCatProjectId ?? null,
    ALLOW_SANDBOX_PURCHASES: config.stores === null ? null : String(config.stores.allowSandbox),
    PORTAL_RETURN_URL: config.portal.returnUrl,
    PORTAL_CONFIGURATION: config.portal.configuration,
    DELETION_REFUND: config.deletion.refund === 'none' ? null : config.deletion.refund,
    RENEWAL_GRACE_HOURS: String(config.access.renewalGraceHours),
    PAST_DUE_GRACE_DAYS: String(config.access.pastDueGraceDays),
    ACCESS_POLICY: config.access.policy === null ? null : JSON.stringify(config.access.policy),
    // The stack sends events only through the API and its own queue.
    STRIPE_EVENT_SOURCE: null,
    RECONCILE_STRIPE_SHARE: String(config.reconcile.stripeShare),
  };
}

/** A setting at its default is left out. */
function termsOf(checkout: StageConfig['checkout']): Record<string, string | null> {
  const { trialEnd, billingAddress, discount, paymentMethods = [] } = checkout;
  const flag = (value: boolean | undefined) => (value === true ? 'true' : null);
  return {
    CHECKOUT_AUTOMATIC_TAX: flag(checkout.automaticTax),
    CHECKOUT_TAX_IDS: flag(checkout.taxIds),
    CHECKOUT_BILLING_ADDRESS: billingAddress ?? null,
    CHECKOUT_TERMS_OF_SERVICE: flag(checkout.termsOfService),
    CHECKOUT_DISCOUNT: discount ?? null,
    CHECKOUT_PAYMENT_METHODS: paymentMethods.join(',') || null,
    TRIAL_WITHOUT_CARD: flag(checkout.trialWithoutCard),
    TRIAL_END: trialEnd ?? null,
  };
}

function arns<Text>(
  name: FunctionName,
  config: StageConfig,
  deployed: Deployed<Text>,
): Record<string, Text | null> {
  return {
    COGNITO_USER_POOL_ID: deployed.userPoolId,
    STRIPE_API_KEY_SECRET_ARN: deployed.stripeApiKeyArn,
    // Behind a queue, the function verifies no signature.
    STRIPE_WEBHOOK_SECRET_SECRET_ARN:
      name === 'stripe-webhook' && deployed.eventQueue !== null ? null : deployed.stripeWebhookSecretArn,
    REVENUECAT_API_KEY_SECRET_ARN: config.stores === null ? null : deployed.revenueCatApiKeyArn,
    REVENUECAT_WEBHOOK_SECRET_SECRET_ARN: config.stores === null ? null : deployed.revenueCatWebhookSecretArn,
    TRIAL_HASH_KEY_SECRET_ARN: readsTrialHashKey(name, config) ? deployed.trialHashKeyArn : null,
    STRIPE_EVENT_QUEUE_ARN: deployed.eventQueue?.arn ?? null,
    STRIPE_EVENT_QUEUE_URL: deployed.eventQueue?.url ?? null,
  };
}

export const timeoutSecondsOf = (name: FunctionName): number => functionSpecs[name].timeoutSeconds;
