/**
 * Answers what the app sells and what one user would get for it. The row comes first: an everyday answer needs Stripe no more
 * than a public one does. Nothing is claimed or changed here, and the checkout and the change decide again.
 */
import type {
  CurrentPlan,
  OwnPrice,
  OwnPricesResponse,
  TrialOffer,
  TrialRefusal,
} from '../../contract/prices.ts';
import type { UserReader } from '../account/pool-user.ts';
import type { CatalogueEntry } from '../catalogue/entry.ts';
import { hadTrial, type TrialOutlookServices, trialOutlook } from '../checkout/trial-outlook.ts';
import { payerOf } from '../entitlement/answer.ts';
import { withPlanKeys } from '../entitlement/plan-keys.ts';
import { noPlanOrder } from '../entitlement/plan-order.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { type Limited, type LimitServices, limitRequest } from '../limits/request-limits.ts';
import { nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { type Holdings, holdingsOf, nothing } from './holdings.ts';
import type { Offered } from './offer.ts';
import { type Choice, type ChoiceContext, choiceOf } from './price-action.ts';

/**
 * Reads the price of a plan that is no longer for sale. It is the same for all who have it, so it is kept; `allowed` is called
 * before Stripe is. Undefined: Stripe does not have it, or it is of a kind that is not known here.
 */
export type ReadPrice = (
  id: string,
  allowed: () => Promise<void>,
) => Promise<(Pick<Offered, 'entry'> & { readonly currencies: readonly string[] }) | undefined>;

export interface OwnPricesServices extends LimitServices, Pick<TrialOutlookServices, 'sessions' | 'billing'> {
  readonly offer: (log: Log) => Promise<readonly Offered[]>;
  readonly readPrice: ReadPrice;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly users: UserReader;
  /** Null: this checkout grants no trials. */
  readonly trials: TrialOutlookServices['trials'] | null;
  readonly policy: AccessPolicy;
  readonly log: Log;
}

export type OwnPricesOutcome =
  | { readonly kind: 'prices'; readonly body: OwnPricesResponse }
  | { readonly kind: 'account_deleted' }
  | Limited;

interface Caller {
  readonly sub: string;
  readonly username: string | null;
}

export function createOwnPrices(services: OwnPricesServices) {
  return async (caller: Caller): Promise<OwnPricesOutcome> => {
    try {
      return await answer(services, caller);
    } catch (cause) {
      if (cause instanceof LimitReached) return cause.limited;
      throw cause;
    }
  };
}

async function answer(services: OwnPricesServices, caller: Caller): Promise<OwnPricesOutcome> {
  const { offer, entitlements, policy, clock, log } = services;
  const [offered, row] = await Promise.all([offer(log), entitlements.read(caller.sub)]);
  const holdings = row === undefined ? nothing : holdingsOf(row, nowSeconds(clock), policy);
  const allowed = allowance(services, caller.sub);
  const context = await contextOf(services, { holdings, row, offered, allowed });
  const choices = offered.map((one) => ({ ...one, choice: choiceOf(one, context) }));
  const outlook = await outlookFor(services, { caller, row, choices, allowed });
  if (outlook === 'account_deleted') return { kind: 'account_deleted' };
  return {
    kind: 'prices',
    body: {
      current: currentOf(holdings, { row, plan: context.shown }),
      prices: choices.map((one) => ownPrice(one, outlook)),
    },
  };
}

class LimitReached extends Error {
  readonly limited: Limited;
  constructor(limited: Limited) {
    super('The user has reached the limit.');
    this.limited = limited;
  }
}

type Allowed = () => Promise<void>;

/** Counts the request once, before its first call to Stripe for this user. */
function allowance(services: LimitServices, sub: string): Allowed {
  let counted: Promise<Limited | undefined> | undefined;
  return async () => {
    counted ??= limitRequest(services, sub, 'prices');
    const limited = await counted;
    if (limited !== undefined) throw new LimitReached(limited);
  };
}

async function contextOf(
  { readPrice, policy }: Pick<OwnPricesServices, 'readPrice' | 'policy'>,
  {
    holdings,
    row,
    offered,
    allowed,
  }: {
    readonly holdings: Holdings;
    readonly row: EntitlementRow | undefined;
    readonly offered: readonly Offered[];
    readonly allowed: Allowed;
  },
): Promise<ChoiceContext & { readonly shown: CatalogueEntry | undefined }> {
  const [only, ...others] = holdings.subscriptions;
  const named = others.length === 0 ? (only?.plan ?? null) : null;
  const listed = offered.find(({ entry }) => entry.id === named);
  const listedPrice = listed && {
    entry: listed.entry,
    currencies: listed.price.currency_options.map(({ currency }) => currency),
  };
  const plan = listedPrice ?? (named === null ? undefined : await readPrice(named, allowed));
  const { planOrder = noPlanOrder } = withPlanKeys(policy, row?.planKeys ?? {});
  const shown = offered.find(({ entry }) => entry.id === holdings.shown?.plan)?.entry;
  const isShown = plan !== undefined && holdings.shown?.plan === plan.entry.id;
  return {
    holdings,
    plan: plan?.entry,
    planCurrencies: plan?.currencies ?? [],
    planOrder,
    shown: shown ?? (isShown ? plan.entry : undefined),
  };
}

interface Chosen extends Offered {
  readonly choice: Choice;
}

/** A change of plan begins no trial, and neither does what is charged once. */
function hasTrial({ choice, price }: Chosen): boolean {
  return choice.action === 'buy' && price.trial_days > 0;
}

type Outlook = 'granted' | TrialRefusal;

async function outlookFor(
  services: OwnPricesServices,
  {
    caller,
    row,
    choices,
    allowed,
  }: {
    readonly caller: Caller;
    readonly row: EntitlementRow | undefined;
    readonly choices: readonly Chosen[];
    readonly allowed: Allowed;
  },
): Promise<Outlook | 'account_deleted'> {
  const { trials, users, clock, sessions, billing } = services;
  if (trials === null || !choices.some(hasTrial)) return 'not_offered';
  if (hadTrial(row)) return 'used';
  const user = await users.readUser(caller);
  if (user === undefined || user.sub !== caller.sub || !user.enabled) return 'account_deleted';
  const counted = {
    trials,
    sessions: {
      retrieve: async (id: string) => allowed().then(() => sessions.retrieve(id)),
      list: async (id: string) => allowed().then(() => sessions.list(id)),
    },
    billing: {
      listSubscriptions: async (id: string) => allowed().then(() => billing.listSubscriptions(id)),
    },
  };
  return trialOutlook(counted, { user, row }, nowSeconds(clock));
}

function ownPrice(one: Chosen, outlook: Outlook): OwnPrice {
  const { action, again, when, takesEffectAt, reason } = one.choice;
  return {
    ...one.price,
    trial: trialOf(one, outlook),
    action,
    again,
    when,
    takes_effect_at: takesEffectAt,
    reason,
  };
}

function trialOf(one: Chosen, outlook: Outlook): TrialOffer {
  if (!hasTrial(one)) return { refused: 'not_offered' };
  return outlook === 'granted' ? { days: one.price.trial_days } : { refused: outlook };
}

function currentOf(
  { shown }: Holdings,
  { row, plan }: { readonly row: EntitlementRow | undefined; readonly plan: CatalogueEntry | undefined },
): CurrentPlan | null {
  if (shown === undefined) return null;
  return {
    plan: shown.plan,
    quantity: shown.quantity,
    add_ons: shown.addOns,
    recurring: plan?.recurring ?? null,
    ...payerOf(shown, row),
    current_period_end: shown.currentPeriodEnd,
    cancel_at: shown.cancelAt,
  };
}
