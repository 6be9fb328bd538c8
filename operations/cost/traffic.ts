/** What a monthly active user does on average, and how large items and responses are. These are assumptions: adjust them. */
import recorded from '../../infra/recorded-calls.json' with { type: 'json' };

/** A path through a function whose calls the tests record. */
export type Path = keyof typeof recorded;

/** The paths of a stage without app stores. With them, some paths ask RevenueCat too and have a name of their own. */
export type PlainPath = Exclude<Path, `store_${string}`>;

export interface Traffic {
  /** How often an average user takes each path in a month. */
  readonly perUser: Readonly<Record<Exclude<PlainPath, 'webhook'>, number>>;
  /** Share of the users who pay. */
  readonly paying: number;
  /** Webhook deliveries per paying user and month: two are processed for each renewal, and changes add some. */
  readonly deliveriesPerPayer: number;
  /** Share of the users who pay in an app store. 0: the stage has no app stores. */
  readonly payingInStores: number;
  /** RevenueCat's deliveries per user who pays in a store, and month: one for each renewal, and changes add some. */
  readonly deliveriesPerStorePayer: number;
}

export const defaultTraffic: Traffic = {
  perUser: {
    // Once per day; the app caches the answer in between.
    entitlements: 30,
    sign_up: 0.05,
    checkout: 0.05,
    portal: 0.05,
    sync: 0.02,
    deletion: 0.01,
  },
  paying: 0.04,
  deliveriesPerPayer: 5,
  payingInStores: 0,
  deliveriesPerStorePayer: 2,
};

export const sizes = {
  /** The entitlement row of a paying user, with ten changes in its history. Writes are billed by 1 KB, reads by 4 KB. */
  payerRowKb: 3,
  /** The average of all entitlement rows. Most users do not pay and have no history. */
  rowKb: 0.3,
  profileKb: 0.5,
  /** An item of the index of customers. */
  indexKb: 0.1,
  /** DynamoDB's own overhead for each item. */
  overheadKb: 0.1,
  /** A log line of a function, with its metric. */
  logLineKb: 0.7,
  /** A line of the API's access log. */
  accessLineKb: 0.35,
  answerKb: 1,
} as const;

/** How long a function waits, in milliseconds. The time is billed. */
export const waitsMs = { own: 4, awsCall: 6, payerCall: 200, coldStart: 350 } as const;

/** The share of calls that start a new execution environment. */
export const COLD_START_SHARE = 0.005;
