/** What one monthly active user does in a month, on average, and how large things are. Assumptions: change them. */
import recorded from '../../infra/recorded-calls.json' with { type: 'json' };

/** The ways through the functions whose calls are recorded. */
export type Path = keyof typeof recorded;

export interface Traffic {
  /** How often a month each way is gone by a user, whoever it is. */
  readonly perUser: Readonly<Record<Exclude<Path, 'webhook'>, number>>;
  /** Share of the users who pay. */
  readonly paying: number;
  /** Deliveries a month and payer: two of each renewal are carried out, and changes bring some more. */
  readonly deliveriesPerPayer: number;
}

export const usualTraffic: Traffic = {
  perUser: {
    // Once a day, and cached by the app in between.
    entitlements: 30,
    sign_up: 0.05,
    checkout: 0.05,
    portal: 0.05,
    sync: 0.02,
    deletion: 0.01,
  },
  paying: 0.04,
  deliveriesPerPayer: 5,
};

export const sizes = {
  /** Of a payer's entitlement row, with a history of ten changes: it is written by the KB, and read by 4 KB. */
  payerRowKb: 3,
  /** Of everybody's, on average: most pay nothing, and have no history. */
  rowKb: 0.3,
  profileKb: 0.5,
  /** DynamoDB's own, for each item. */
  overheadKb: 0.1,
  /** A line of a function's log, with its metric. */
  logLineKb: 0.7,
  /** A line of the API's access log. */
  accessLineKb: 0.35,
  answerKb: 1,
} as const;

/** Milliseconds that a function waits, which are paid for. */
export const waits = { own: 4, awsCall: 6, stripeCall: 200, coldStart: 350 } as const;

/** Of the calls, those that meet a function that must start first. */
export const coldShare = 0.005;
