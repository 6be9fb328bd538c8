/** Every choice about an installation, by stage. Change it here; nothing else in this folder names a value twice. */

export interface StageConfig {
  /** The AWS account's id. `null`: the account of the credentials in use. */
  readonly account: string | null;
  readonly region: string;

  readonly tables: {
    readonly users: TableChoice;
    readonly entitlements: TableChoice;
  };

  readonly pool: PoolChoice;

  readonly api: {
    /** `http` costs $1.00 a million requests, `rest` $3.50; `rest` adds WAF, usage plans and request validation. */
    readonly kind: 'http' | 'rest';
    /** Of the whole API, in requests a second; what exceeds it is answered 429 before a function starts. */
    readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
    /**
     * Origins (`https://app.example.com`) whose pages may call the API. Empty: no page may; an iOS app needs none.
     * API Gateway knows no wildcard for ports.
     */
    readonly allowedOrigins: readonly string[];
  };

  readonly checkout: {
    /** Price ids or lookup keys that may be bought. */
    readonly prices: readonly string[];
    readonly maxQuantity: number;
    readonly promotionCodes: boolean;
    /** `null`: every request must name its own. */
    readonly successUrl: string | null;
    readonly cancelUrl: string | null;
    /** 0: no trial. */
    readonly trialDays: number;
  };

  readonly portal: {
    readonly returnUrl: string | null;
    /** `bpc_…`; `null`: the account's default configuration. */
    readonly configuration: string | null;
  };

  readonly access: {
    /** How long access outlives the time paid for, while the renewal is under way. */
    readonly renewalGraceHours: number;
    readonly pastDueGraceDays: number;
    /** As in `ACCESS_POLICY` of docs/contract.md; `null`: the product's own table. */
    readonly policy: Readonly<Record<string, unknown>> | null;
  };

  readonly reconcile: {
    /** EventBridge Scheduler's expression. Each call goes on for a quarter of an hour at most. */
    readonly schedule: string;
    /** A run that is complete is not begun anew before; the calls until then cost next to nothing. */
    readonly everyHours: number;
    /** Share of Stripe's rate limit that a run may take, 0.01 to 1. */
    readonly stripeShare: number;
    /**
     * Whether Lambda itself sees to it that no two runs meet, which would take twice the share. Of an account's
     * concurrent executions 100 must stay free for all: a new account has only 10 in all and refuses the deployment,
     * until AWS has granted more (Service Quotas, Lambda, "Concurrent executions"). Without it runs meet only where
     * one is started by hand.
     */
    readonly reserveConcurrency: boolean;
  };

  /**
   * Names in Secrets Manager. The values are put there by hand or by `webhook:register`, never by the stack.
   * A name must not end in a hyphen and six characters: it would be taken for a whole ARN, and not be found.
   */
  readonly secrets: {
    readonly stripeApiKey: string;
    readonly stripeWebhookSecret: string;
    /** Keys the hash by which a person's trial is remembered. Needed while `trialDays` is above 0. */
    readonly trialHashKey: string;
  };

  readonly watch: {
    /** Receives the alarms. AWS asks it to confirm. `null`: subscribe to the topic yourself. */
    readonly alarmEmail: string | null;
    readonly logRetentionDays: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;
    /** X-Ray traces. They cost $5 a million requests traced. */
    readonly tracing: boolean;
  };
}

/** `create` makes the table under that name; `existing` uses one that is there and never changes it. */
export interface TableChoice {
  readonly kind: 'create' | 'existing';
  readonly name: string;
}

export type PoolChoice =
  | {
      readonly kind: 'create';
      /** Cognito's plan decides most of the bill: see docs/cost.md. */
      readonly plan: 'LITE' | 'ESSENTIALS' | 'PLUS';
      /** A verified identity of SES that sends the codes. Without one Cognito sends them itself, 50 a day. */
      readonly sender?: { readonly fromEmail: string; readonly verifiedDomain: string };
    }
  | {
      /** The trigger is added to the pool; every other setting of it stays as it is. */
      readonly kind: 'existing';
      readonly userPoolId: string;
      /** App clients whose tokens the API accepts. A REST API accepts those of every client of the pool. */
      readonly clientIds: readonly string[];
      /** As the pool's tokens name it (`iss`). Without one `https://cognito-idp.REGION.amazonaws.com/POOL`. */
      readonly issuer?: string;
      /** Takes the place of a post-confirmation trigger that the pool already has. Without it such a pool is refused. */
      readonly replaceTrigger?: true;
      /** The role by which the pool sends SMS, if it does: whoever writes the pool's settings hands it on. */
      readonly smsRoleArn?: string;
      /** The key of the pool's own senders of e-mail or SMS (`LambdaConfig.KMSKeyID`), for the same reason. */
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
  pool: { kind: 'create', plan: 'ESSENTIALS' },
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
  portal: { returnUrl: 'http://localhost:3000/account', configuration: null },
  access: { renewalGraceHours: 72, pastDueGraceDays: 0, policy: null },
  reconcile: { schedule: 'rate(15 minutes)', everyHours: 12, stripeShare: 0.25, reserveConcurrency: false },
  secrets: {
    stripeApiKey: 'predixa/dev/stripe-api-key',
    stripeWebhookSecret: 'predixa/dev/stripe-webhook-secrets',
    trialHashKey: 'predixa/dev/trial-hash-key',
  },
  watch: { alarmEmail: null, logRetentionDays: 14, tracing: false },
};

const prod: StageConfig = {
  ...dev,
  // The names that the functions fall back to, and that the Python original has used.
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
  reconcile: { ...dev.reconcile, reserveConcurrency: true },
  secrets: {
    stripeApiKey: 'predixa/prod/stripe-api-key',
    stripeWebhookSecret: 'predixa/prod/stripe-webhook-secrets',
    trialHashKey: 'predixa/prod/trial-hash-key',
  },
  watch: { alarmEmail: null, logRetentionDays: 90, tracing: false },
};

export const stages: Readonly<Record<StageName, StageConfig>> = { dev, prod };
