/** Every setting of an installation, by stage. Each value is set here and nowhere else in this folder. */

import type { AccessPolicyText } from '../contract/access-policy.ts';

export interface StageConfig {
  /** The AWS account's id. `null`: the account of the current credentials. */
  readonly account: string | null;
  readonly region: string;

  /**
   * Whose keys of Stripe the functions accept. Default: `live` for the stage `prod`, `test` for the stage `dev`, and both
   * for every other stage.
   */
  readonly stripeMode?: 'live' | 'test';

  readonly tables: {
    readonly users: TableChoice;
    readonly entitlements: TableChoice;
  };

  readonly pool: PoolChoice;

  readonly api: {
    /** `http` costs $1.00 per million requests, `rest` $3.50. `rest` adds WAF, usage plans and request validation. */
    readonly kind: 'http' | 'rest';
    /** The limit of the whole API. Requests above it get 429 before a function starts. */
    readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
    /**
     * Origins (`https://app.example.com`) whose pages may call the API. Empty: no web page may call it. Native apps
     * need no entry. API Gateway has no wildcard for ports.
     */
    readonly allowedOrigins: readonly string[];
    /** Links that open an app, to which Stripe's pages may return: `predixa://`, or those of one host, `predixa://account`. */
    readonly appLinks?: readonly string[];
  };

  readonly checkout: {
    /** The price ids or lookup keys that users may buy. */
    readonly prices: readonly string[];
    readonly maxQuantity: number;
    readonly promotionCodes: boolean;
    /** `null`: every request must name its own URL. */
    readonly successUrl: string | null;
    readonly cancelUrl: string | null;
    /** 0 turns trials off, except those of prices, with `trialsByPrice`. */
    readonly trialDays: number;
    /** Whether a price may say its own trial (`predixa_trial_days`, docs/plans.md) while `trialDays` is 0. */
    readonly trialsByPrice?: boolean;
    /** Whether a trial begins without a payment method. */
    readonly trialWithoutCard?: boolean;
    /** What becomes of a trial that ends without a payment method. Default: `cancel`. */
    readonly trialEnd?: 'cancel' | 'pause' | 'create_invoice';
    /** Whether Stripe Tax computes and collects taxes. It must be set up in the Stripe account first. */
    readonly automaticTax?: boolean;
    /** Whether a business can enter its tax id. */
    readonly taxIds?: boolean;
    /** `required`: Stripe's page asks for the whole billing address. Default: for what the payment needs. */
    readonly billingAddress?: 'auto' | 'required';
    /** Whether the user must accept the terms of service, whose URL the Stripe account names. */
    readonly termsOfService?: boolean;
    /** A coupon, or a promotion code (`promo_…`), that every sale gets. It excludes `promotionCodes`. */
    readonly discount?: string | null;
    /** The types of payment methods to offer, such as `card` and `sepa_debit`. Default: all that the account has. */
    readonly paymentMethods?: readonly string[];
  };

  /** The app stores, through RevenueCat (docs/payers.md). `null`: no app of this stage sells in a store. */
  readonly stores: {
    readonly revenueCatProjectId: string;
    /** Whether purchases in the test environments of the stores give access. Never for real users. */
    readonly allowSandbox: boolean;
  } | null;

  /**
   * A queue between the webhook of Stripe and its worker (docs/performance.md#the-queue). `null`: the webhook carries out each event
   * itself, which is right for up to about a million subscribers.
   */
  readonly webhookQueue: {
    /**
     * How many workers run at once, from 2 to 1,000. Each carries out the events of up to five customers at a time, so 2 stay
     * below the 25 calls a second that Stripe allows to one of its endpoints.
     */
    readonly maxConcurrency: number;
  } | null;

  readonly portal: {
    readonly returnUrl: string | null;
    /** A portal configuration (`bpc_…`). `null`: the Stripe account's default. */
    readonly configuration: string | null;
  };

  readonly access: {
    /** How long access continues after the paid period while the renewal is pending. */
    readonly renewalGraceHours: number;
    readonly pastDueGraceDays: number;
    /** Days of the app's own trial, which begins at sign-up without a payment. 0: none. */
    readonly signUpTrialDays: number;
    /** The value of `ACCESS_POLICY` (docs/contract.md), with the order of plans (docs/plans.md). `null`: the default policy. */
    readonly policy: AccessPolicyText | null;
  };

  readonly deletion: {
    /**
     * What the deletion of an account refunds of a paid period in Stripe (docs/contract.md#refunds). `none`; `pro_rata`: the unused
     * part; `full_within_days:14`: all of a payment of at most 14 days, and nothing of an older one;
     * `full_within_days:14,pro_rata`: and the unused part of an older one. Ask who knows your law: some countries require one.
     */
    readonly refund:
      | 'none'
      | 'pro_rata'
      | `full_within_days:${number}`
      | `full_within_days:${number},pro_rata`;
  };

  readonly reconcile: {
    /** An EventBridge Scheduler expression. Each invocation works for at most 15 minutes. */
    readonly schedule: string;
    /** How long to wait after a complete run before the next one starts. Invocations in between do almost nothing. */
    readonly everyHours: number;
    /** The share of the rate limits of Stripe and RevenueCat that a run may use, from 0.01 to 1. */
    readonly stripeShare: number;
    /**
     * Whether Lambda prevents overlapping runs, which together would use twice the share. Lambda keeps 100 concurrent
     * executions of an account unreserved. A new account has only 10 in total, so its deployment fails until AWS
     * raises the quota (Service Quotas, Lambda, "Concurrent executions"). Without the reservation, runs overlap only
     * when an operator starts one by hand.
     */
    readonly reserveConcurrency: boolean;
  };

  /**
   * Names in Secrets Manager. The values are stored by hand or by `webhook:register`, never by the stack. A name
   * must not end in a hyphen and six characters: Secrets Manager would mistake it for an ARN and not find it.
   */
  readonly secrets: {
    readonly stripeApiKey: string;
    readonly stripeWebhookSecret: string;
    /** A secret key of RevenueCat's API v2. Required where the stage has `stores`. */
    readonly revenueCatApiKey: string;
    /** The values that the `Authorization` header of RevenueCat's webhook may have. Required where the stage has `stores`. */
    readonly revenueCatWebhookSecret: string;
    /** The key of the hash under which a trial claim is stored. Required while `trialDays` or `signUpTrialDays` is above 0. */
    readonly trialHashKey: string;
  };

  readonly watch: {
    /** Receives the alarms after confirming the subscription. `null`: subscribe to the topic yourself. */
    readonly alarmEmail: string | null;
    readonly logRetentionDays: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;
    /** Whether X-Ray traces requests, at $5 per million traced requests. */
    readonly tracing: boolean;
  };
}

/** `create` creates the table under that name. `existing` uses an existing table and never changes it. */
export interface TableChoice {
  readonly kind: 'create' | 'existing';
  readonly name: string;
}

export type PoolChoice =
  | {
      readonly kind: 'create';
      /** Cognito's feature plan, which determines most of the cost: see docs/cost.md. Nothing here needs more than `LITE`. */
      readonly plan: 'LITE' | 'ESSENTIALS' | 'PLUS';
      /** A verified SES identity that sends the codes. Without one Cognito sends them itself, at most 50 a day. */
      readonly sender?: { readonly fromEmail: string; readonly verifiedDomain: string };
    }
  | {
      /** Uses an existing pool. The trigger is added to it; its other settings stay unchanged. */
      readonly kind: 'existing';
      readonly userPoolId: string;
      /** App clients whose tokens the API accepts. A REST API accepts tokens of every client of the pool. */
      readonly clientIds: readonly string[];
      /** The `iss` claim of the pool's tokens. Default: `https://cognito-idp.REGION.amazonaws.com/POOL`. */
      readonly issuer?: string;
      /** Replaces an existing post-confirmation trigger. Without it, the deployment fails if the pool has one. */
      readonly replaceTrigger?: true;
      /** The pool's SMS role, if it has one. Writing the pool's settings requires `iam:PassRole` on it. */
      readonly smsRoleArn?: string;
      /** The KMS key of the pool's custom email or SMS sender (`LambdaConfig.KMSKeyID`). Writing the settings requires `kms:CreateGrant`. */
      readonly senderKeyArn?: string;
    };

export type StageName = 'dev' | 'prod';

const dev: StageConfig = {
  account: null,
  region: 'us-east-1',
  tables: {
    users: { kind: 'create', name: 'predixa-dev-users' },
    entitlements: { kind: 'create', name: 'predixa-dev-entitlements' },
  },
  pool: { kind: 'create', plan: 'LITE' },
  api: {
    kind: 'http',
    throttle: { ratePerSecond: 50, burst: 100 },
    allowedOrigins: ['http://localhost:3000'],
  },
  checkout: {
    prices: ['pro_monthly', 'pro_yearly'],
    maxQuantity: 1,
    promotionCodes: false,
    successUrl: 'http://localhost:3000/account?checkout=success&session_id={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://localhost:3000/pricing',
    trialDays: 7,
  },
  stores: null,
  webhookQueue: null,
  portal: { returnUrl: 'http://localhost:3000/account', configuration: null },
  access: { renewalGraceHours: 72, pastDueGraceDays: 0, signUpTrialDays: 0, policy: null },
  deletion: { refund: 'none' },
  reconcile: { schedule: 'rate(15 minutes)', everyHours: 12, stripeShare: 0.25, reserveConcurrency: false },
  secrets: {
    stripeApiKey: 'predixa/dev/stripe-api-key',
    stripeWebhookSecret: 'predixa/dev/stripe-webhook-secrets',
    revenueCatApiKey: 'predixa/dev/revenuecat-api-key',
    revenueCatWebhookSecret: 'predixa/dev/revenuecat-webhook-secrets',
    trialHashKey: 'predixa/dev/trial-hash-key',
  },
  watch: { alarmEmail: null, logRetentionDays: 14, tracing: false },
};

const prod: StageConfig = {
  ...dev,
  // The functions' default table names, which the original Python service used.
  tables: {
    users: { kind: 'create', name: 'UserProfiles' },
    entitlements: { kind: 'create', name: 'predixa_entitlements' },
  },
  api: {
    kind: 'http',
    throttle: { ratePerSecond: 500, burst: 1_000 },
    allowedOrigins: ['https://app.predixa.com'],
  },
  checkout: {
    ...dev.checkout,
    successUrl: 'https://app.predixa.com/account?checkout=success&session_id={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app.predixa.com/pricing',
  },
  portal: { returnUrl: 'https://app.predixa.com/account', configuration: null },
  secrets: {
    stripeApiKey: 'predixa/prod/stripe-api-key',
    stripeWebhookSecret: 'predixa/prod/stripe-webhook-secrets',
    revenueCatApiKey: 'predixa/prod/revenuecat-api-key',
    revenueCatWebhookSecret: 'predixa/prod/revenuecat-webhook-secrets',
    trialHashKey: 'predixa/prod/trial-hash-key',
  },
  watch: { alarmEmail: null, logRetentionDays: 90, tracing: false },
};

export const stages: Readonly<Record<StageName, StageConfig>> = { dev, prod };
