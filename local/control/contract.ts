/**
 * The control API of the local cloud, under `/_local/control`: what the console shows and does. JSON in and out. Times
 * end in their unit: `Ms` is Unix milliseconds, `Seconds` is Unix seconds. `clockMs` is the cloud's clock, which the
 * console can move; `realMs` is this machine's.
 *
 * An error has a status of 400 or more and is a `ControlProblem`.
 */
import type { EntitlementsResponse } from '../../contract/entitlements.ts';

export const CONTROL_PREFIX = '/_local/control';

export interface ControlProblem {
  /** Says what happened, why, and what to do. */
  readonly message: string;
}

/** The systems that the console shows, in the order of its lanes. */
export const lanes = [
  'app',
  'cognito',
  'lambda',
  'dynamodb',
  'stripe',
  'revenuecat',
  'webhook',
  'console',
] as const;
export type Lane = (typeof lanes)[number];

/** `GET /`: everything that the frame of the console needs. */
export interface Overview {
  readonly urls: Readonly<Record<'api' | 'cognito' | 'dynamodb' | 'stripe' | 'revenuecat', string>>;
  readonly ids: Readonly<
    Record<
      'userPoolId' | 'clientId' | 'usersTable' | 'entitlementsTable' | 'priceMonthly' | 'priceYearly',
      string
    >
  >;
  readonly confirmationCode: string;
  readonly testCards: readonly { readonly number: string; readonly meaning: string }[];
  /** The shell command that sets the environment of the commands that the console shows. */
  readonly environmentCommand: string;
  /** The walkthrough for a terminal, in its order. */
  readonly commands: readonly { readonly name: string; readonly title: string; readonly commands: string }[];
  readonly payload: string;
  readonly clock: ClockView;
  readonly faults: readonly Fault[];
  readonly userCount: number;
}

export interface ClockView {
  readonly clockMs: number;
  /** How far the cloud's clock is ahead of this machine's. */
  readonly aheadMs: number;
}

/** `GET /events`: server-sent events. The name of each event is the `kind`, its data the whole object. */
export type ControlEvent =
  /** A span began or ended. It replaces an earlier one with the same id. */
  | { readonly kind: 'span'; readonly span: Span }
  /** Something in these systems may have changed. Empty `users`: for any user. */
  | { readonly kind: 'changed'; readonly lanes: readonly Lane[]; readonly users: readonly string[] }
  | { readonly kind: 'clock'; readonly clock: ClockView }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }
  | { readonly kind: 'scenario'; readonly run: ScenarioRun }
  /** All data was deleted or replaced: read everything again. */
  | { readonly kind: 'reset' };

/** One piece of work of one system, as in a distributed trace. `GET /spans?after=&story=&limit=` lists them, the oldest first. */
export interface Span {
  readonly id: number;
  /** The first span of what belongs together, such as a request with all that it causes, webhooks included. */
  readonly story: number;
  /** The span that caused this one. Null: a person, a client or the clock did. */
  readonly parent: number | null;
  readonly lane: Lane;
  readonly kind:
    | 'request'
    | 'trigger'
    | 'invocation'
    | 'read'
    | 'write'
    | 'call'
    | 'page'
    | 'delivery'
    | 'clock'
    | 'action';
  /** Such as `GET /me/entitlements`, `UpdateItem predixa_entitlements` or `customer.subscription.created`. */
  readonly title: string;
  /** One line more: the condition of a write, the reason of a refusal. */
  readonly note: string | null;
  readonly startMs: number;
  /** Null while it runs. In milliseconds, with fractions. */
  readonly durationMs: number | null;
  /** The cloud's clock at the start. */
  readonly clockMs: number;
  /** `refused`: an answer that says no, such as a failed condition or a 4xx. `failed`: no answer, a 5xx or a crash. */
  readonly outcome: 'running' | 'ok' | 'refused' | 'failed';
  /** The HTTP status, where there is one. */
  readonly status: number | null;
  /** The `sub`s and `cus_…` that the span names. */
  readonly subjects: readonly string[];
  /** The id that the system itself gave: the request id, the event's id, the invocation's id. */
  readonly externalId: string | null;
  /** True if `GET /spans/ID` has the whole request and answer. */
  readonly hasDetail: boolean;
  /** The delivery that `POST /deliveries/ID/replay` sends again. */
  readonly replay: string | null;
}

/** `GET /spans/ID`. Secrets, tokens and passwords are replaced. */
export interface SpanDetail extends Span {
  readonly request: unknown;
  readonly answer: unknown;
  readonly logs: readonly unknown[];
}

/** `GET /users?search=` returns `UserList`, the newest first. `search` finds a part of an address or name, a `sub`, a `cus_…`. */
export interface UserSummary {
  readonly sub: string;
  readonly email: string | null;
  readonly username: string;
  readonly userStatus: string;
  readonly createdMs: number | null;
  readonly customerId: string | null;
  readonly status: string;
  readonly accessGranted: boolean;
  readonly accessReason: string;
  readonly plan: string | null;
  readonly source: string | null;
  /** Deleted from Cognito, but something is left. */
  readonly leftover: boolean;
}

export interface UserList {
  readonly users: readonly UserSummary[];
  /** How many match the search. The list holds the first 500. */
  readonly found: number;
  readonly total: number;
}

/** `GET /users/SUB`: one user in every system, as stored, and what differs. */
export interface UserDetail {
  readonly sub: string;
  readonly summary: UserSummary | null;
  readonly cognito: { readonly user: JsonRecord | null };
  readonly dynamodb: {
    readonly profile: JsonRecord | null;
    readonly row: JsonRecord | null;
  };
  readonly stripe: {
    readonly customers: readonly JsonRecord[];
    readonly subscriptions: readonly JsonRecord[];
    readonly invoices: readonly JsonRecord[];
  };
  readonly revenuecat: {
    readonly customer: JsonRecord | null;
    readonly purchases: readonly JsonRecord[];
  };
  /** What the app gets now from `GET /me/entitlements`. */
  readonly answer: EntitlementsResponse;
  readonly sentence: AccessSentence;
  /** The moments at which what the app sees has changed, the oldest first, with those that will come. */
  readonly moments: readonly Moment[];
}

export type JsonRecord = Readonly<Record<string, unknown>>;

/** `GET /users/SUB/differences` returns `{differences}`: what reconcile would report about the user. */
export interface Difference {
  /** A reason of docs/reconcile.md, such as `row_outdated`. */
  readonly reason: string;
  readonly subjectId: string;
  /** What a run of reconcile would do, such as `synced`. Null: only reported. */
  readonly planned: string | null;
  /** The systems whose cards show the mark. */
  readonly lanes: readonly Lane[];
}

/** `GET /users/SUB/at?seconds=`: what the app sees at a moment of the cloud's clock. */
export interface AccessSentence {
  readonly atSeconds: number;
  /** Null: the row's history does not reach back that far. */
  readonly granted: boolean | null;
  readonly reason: string;
  /** Such as `active`; Stripe's own status in brackets where it says more. */
  readonly status: string;
  readonly plan: string | null;
  readonly untilSeconds: number | null;
  readonly sinceSeconds: number | null;
  /** The event, request or command that led to it. */
  readonly by: string | null;
  /** The whole in one English sentence. */
  readonly text: string;
}

export interface Moment {
  readonly atSeconds: number;
  readonly granted: boolean;
  readonly label: string;
  /** It lies ahead of the clock: a trial's end, the end of the paid time, the next renewal. */
  readonly ahead: boolean;
}

/** `GET /users/SUB/months`: the picture of the user's subscriptions over time. */
export interface MonthsPicture {
  readonly fromSeconds: number;
  readonly nowSeconds: number;
  readonly toSeconds: number;
  /** One band row per subscription, and one for the access that the app sees. */
  readonly tracks: readonly MonthsTrack[];
}

export interface MonthsTrack {
  /** `access`, or the id of a subscription or purchase. */
  readonly id: string;
  readonly title: string;
  readonly bands: readonly {
    readonly fromSeconds: number;
    /** Null: nothing says when it ends. After `nowSeconds`, it is what will be if nothing changes. */
    readonly toSeconds: number | null;
    readonly status: string;
    /** One word more, such as why the app gives access. */
    readonly note: string | null;
  }[];
  readonly periods: readonly { readonly fromSeconds: number; readonly toSeconds: number }[];
  readonly invoices: readonly {
    readonly id: string;
    readonly atSeconds: number;
    readonly status: string;
    /** In the smallest unit of the currency. */
    readonly amount: number;
    readonly currency: string;
  }[];
  readonly webhooks: readonly {
    readonly id: string;
    readonly atSeconds: number;
    readonly type: string;
    readonly delivered: boolean;
  }[];
}

/** `POST /users/SUB/session`: tokens of the local pool for any user, so that the console can act as the user. */
export interface Session {
  readonly sub: string;
  readonly email: string | null;
  readonly idToken: string;
  readonly accessToken: string;
}

/**
 * `POST /clock`. To the renewal or the end of the trial of a user: the first such moment of any subscription, and an hour
 * more, so that its invoice is paid too.
 */
export type ClockMove =
  | { readonly advanceSeconds: number }
  | { readonly to: 'renewal' | 'trial_end'; readonly sub: string };

/** What fails, how, and for how many calls. `GET /faults`, `POST /faults` adds one, `DELETE /faults` ends all. */
export interface Fault {
  readonly system: FaultySystem;
  readonly fault: FaultKind;
  /** A method and path, an operation or an event type, in which `*` matches anything. Default `*`. */
  readonly match: string;
  /** How many calls it hits. Null: until it is ended. */
  readonly count: number | null;
  /** For `slow`, `delay` and `freeze`. */
  readonly ms: number;
  readonly hits: number;
}
export const faultySystems = [
  'stripe',
  'dynamodb',
  'cognito',
  'revenuecat',
  'webhooks',
  'functions',
  'cards',
] as const;
export type FaultySystem = (typeof faultySystems)[number];
/** The faults that each system knows, each with what it means. */
export const faultKinds = {
  stripe: ['fail', 'rate_limit', 'hang', 'slow', 'lose_answer'],
  dynamodb: ['fail', 'throttle', 'hang', 'slow', 'lose_answer'],
  cognito: ['fail', 'throttle', 'hang', 'slow'],
  revenuecat: ['fail', 'rate_limit', 'hang', 'slow'],
  /** Stripe's events on their way to us. */
  webhooks: ['drop', 'duplicate', 'delay', 'reorder'],
  /** `kill`: the function dies when a call of it returns. `freeze`: it waits there for `ms`. */
  functions: ['kill', 'freeze'],
  /** The next payments of any customer are declined. */
  cards: ['decline'],
} as const satisfies Readonly<Record<FaultySystem, readonly string[]>>;
export type FaultKind = (typeof faultKinds)[FaultySystem][number];
export type NewFault = Pick<Fault, 'system' | 'fault'> & Partial<Pick<Fault, 'match' | 'count' | 'ms'>>;

/** `POST /reconcile`. Without `repair`, it only finds. */
export interface ReconcileRequest {
  /** Repairs everything, or what is found about these users. */
  readonly repair?: 'all' | readonly string[];
}
export interface ReconcileResult {
  readonly checked: number;
  readonly findings: readonly ReconcileFinding[];
}
export interface ReconcileFinding {
  readonly reason: string;
  readonly subjectId: string;
  readonly sub: string | null;
  /** `found`, or what was done. */
  readonly outcome: string;
  readonly planned: string | null;
  /** One sentence: what the reason means. */
  readonly meaning: string;
}

/** `GET /scenarios`, and `POST /scenarios/NAME`, which returns when the run ends. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What happens. */
  readonly story: string;
  /** What to look at. */
  readonly watch: string;
}
export interface ScenarioRun {
  readonly name: string;
  readonly runId: string;
  readonly state: 'running' | 'agrees' | 'differs' | 'failed';
  /** The user of the scenario, once it exists. */
  readonly sub: string | null;
  readonly steps: readonly { readonly text: string; readonly state: 'running' | 'done' | 'failed' }[];
  /** At the end: that all systems agree, or what is left and why. */
  readonly conclusion: string | null;
}

/**
 * `GET /tables` returns `{tables}`; `GET /tables/NAME?cursor=&filter=` returns a page of items. `filter` is a text that the JSON
 * of an item holds.
 */
export interface TableInfo {
  readonly name: string;
  readonly key: string;
  readonly itemCount: number;
}
export interface TablePage {
  readonly table: TableInfo;
  /** In DynamoDB's own form, such as `{"version": {"N": "3"}}`: no number and no set loses anything. */
  readonly items: readonly JsonRecord[];
  /** Null: this is the last page. */
  readonly cursor: string | null;
}
/**
 * `PUT /tables/NAME/items` writes an item as any other writer could, and `DELETE /tables/NAME/items` with `{before}` removes one.
 * `before` is the item as the console showed it; null: there was none. If it has changed since, the answer is 409.
 */
export interface ItemWrite {
  readonly before: JsonRecord | null;
  readonly item: JsonRecord;
}
/**
 * `GET /tables/NAME/file?filter=` downloads the items, and `POST /tables/NAME/file` takes such a file back: items with the same
 * key are replaced, others stay.
 */
export interface TableFile {
  readonly format: 'predixa-table';
  readonly version: 1;
  /** Whose items they are. */
  readonly key: string;
  readonly items: readonly JsonRecord[];
}

/**
 * `GET /snapshots`; `POST /snapshots` `{name}` saves the whole cloud; `POST /snapshots/NAME/restore`;
 * `DELETE /snapshots/NAME`; `GET /snapshots/NAME/file` downloads one file, which `PUT /snapshots/NAME/file` imports.
 */
export interface SnapshotInfo {
  readonly name: string;
  readonly createdMs: number;
  readonly clockMs: number;
  readonly bytes: number;
  readonly userCount: number;
  /** Why it cannot be restored. Null: nothing is known against it. */
  readonly problem: string | null;
}

/** `POST /seed` `{count}` creates users of every state. `POST /reset` deletes all data, except the snapshots. */
export interface SeedResult {
  readonly created: number;
}
