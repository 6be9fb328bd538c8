/**
 * The policy says what a late payment, a pause, a refund or a dispute means for access, for all plans or for one, and which
 * plan is higher. It applies when the row is read, so a changed policy takes effect immediately for every user and rewrites
 * no row.
 */

import { isRecord, type UnknownRecord } from '../system/record.ts';
import { type PlanOrder, parsePlanOrder } from './plan-order.ts';

/** Situations in which neither Stripe's status nor the paid time decides on access. */
export const situations = [
  /** A renewal failed and Stripe continues to retry. */
  'past_due',
  /** Stripe has stopped retrying and keeps the subscription. */
  'unpaid',
  /** The subscription is paused until it is resumed. */
  'paused',
  /** The subscription continues, but Stripe collects no payment (`pause_collection`). */
  'collection_paused',
  /** The first payment is on its way, such as a bank debit, which takes days. */
  'payment_pending',
  /** The payment for the current period was refunded in full. */
  'refunded',
  /** The payment for the current period is disputed, and the dispute is open. */
  'dispute_open',
  'dispute_lost',
  /** The invoice of the current period was voided, or credited in full before it was paid. */
  'voided',
  /** The invoice of the current period was given up as uncollectible. */
  'uncollectible',
] as const;
export type Situation = (typeof situations)[number];

/** A grace counts from when the payment was due. Only `past_due` and `unpaid` have one, since only they record that time. */
export type Rule = 'granted' | 'denied' | { readonly graceSeconds: number };

export type Rules = Readonly<Record<Situation, Rule>>;

export interface PlanPolicy {
  readonly rules: Rules;
  /** Rules that differ for one plan, by its price id or one of its other keys: see `withPlanKeys`. */
  readonly plans: Readonly<Record<string, Partial<Rules>>>;
  /** Which of several plans that give access is the user's. Absent: the one that lasts longest. */
  readonly planOrder?: PlanOrder;
}

export interface AccessPolicy extends PlanPolicy {
  /** How long access continues after the paid time, since the webhook of a renewal may be late. */
  readonly renewalGraceSeconds: number;
}

/**
 * Denies access to users who have not paid or whose payment was reversed. Grants it while collection is paused, since
 * Stripe keeps such a subscription active, while a dispute is open, and for what a person has waived.
 */
export const defaultRules: Rules = {
  past_due: 'denied',
  unpaid: 'denied',
  paused: 'denied',
  collection_paused: 'granted',
  payment_pending: 'denied',
  refunded: 'denied',
  dispute_open: 'granted',
  dispute_lost: 'denied',
  voided: 'granted',
  uncollectible: 'denied',
};

export function ruleFor(policy: PlanPolicy, situation: Situation, plan: string | null): Rule {
  const own =
    plan !== null && Object.hasOwn(policy.plans, plan) ? policy.plans[plan]?.[situation] : undefined;
  return own ?? policy.rules[situation];
}

export interface PolicyTable {
  readonly rules: Partial<Rules>;
  readonly plans: Readonly<Record<string, Partial<Rules>>>;
  readonly planOrder?: PlanOrder;
}

/**
 * Parses a table as people write it. Returns what is wrong with it if it is not valid.
 *
 *     {"past_due": "grace 3 days", "plans": {"pro_monthly": {"refunded": "granted"}}, "plan_order": ["pro", "basic"]}
 */
export function parsePolicyTable(value: unknown): PolicyTable | { readonly wrong: string } {
  if (!isRecord(value)) return { wrong: 'not an object' };
  const { plans = {}, plan_order, ...own } = value;
  const rules = parseRules(own, ', plans, plan_order');
  if ('wrong' in rules) return { wrong: rules.wrong };
  if (!isRecord(plans)) return { wrong: 'plans is not an object' };
  const planRules: Record<string, Partial<Rules>> = {};
  for (const [plan, written] of Object.entries(plans)) {
    const read = isRecord(written) ? parseRules(written) : { wrong: 'not an object' };
    if ('wrong' in read) return { wrong: `${plan}: ${read.wrong}` };
    planRules[plan] = read.rules;
  }
  if (plan_order === undefined) return { rules: rules.rules, plans: planRules };
  const ordered = parsePlanOrder(plan_order);
  return 'wrong' in ordered ? ordered : { rules: rules.rules, plans: planRules, planOrder: ordered.order };
}

/** `besides`: the other keys that the table may have here, for the message. */
function parseRules(
  written: UnknownRecord,
  besides = '',
): { readonly rules: Partial<Rules> } | { readonly wrong: string } {
  const rules: Partial<Record<Situation, Rule>> = {};
  for (const [name, text] of Object.entries(written)) {
    const situation = situations.find((known) => known === name);
    if (situation === undefined) return { wrong: `${name} is not one of ${situations.join(', ')}${besides}` };
    const rule = parseRule(text);
    if (rule === undefined) return { wrong: `${name} must be granted, denied or "grace N days"` };
    if (typeof rule === 'object' && situation !== 'past_due' && situation !== 'unpaid') {
      return { wrong: `${name} has no grace; it must be granted or denied` };
    }
    rules[situation] = rule;
  }
  return { rules };
}

const DAY_SECONDS = 86_400;
const GRACE = /^grace (?<days>\d{1,4}) days?$/;

function parseRule(text: unknown): Rule | undefined {
  if (text === 'granted' || text === 'denied') return text;
  const days = typeof text === 'string' ? GRACE.exec(text)?.groups?.['days'] : undefined;
  return days === undefined ? undefined : { graceSeconds: Number(days) * DAY_SECONDS };
}
