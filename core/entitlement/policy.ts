/**
 * What being late, paused or refunded means for access: one table, for every plan or for one, applied when the row is
 * read. So a change of mind takes effect at once and for all, and no row is rewritten for it.
 */

import { isRecord, type UnknownRecord } from '../system/record.ts';

/** What a subscription may be in that neither Stripe's statuses nor the time paid for settle. */
export const situations = [
  /** A renewal failed; Stripe goes on trying. */
  'past_due',
  /** Stripe has given up trying, and keeps the subscription. */
  'unpaid',
  /** Stopped until it is resumed. */
  'paused',
  /** Runs on, but nothing is collected (`pause_collection`). */
  'collection_paused',
  /** All that was paid for the present period was given back. */
  'refunded',
  /** The payment of the present period is disputed, and not decided. */
  'dispute_open',
  'dispute_lost',
] as const;
export type Situation = (typeof situations)[number];

/** Grace counts from the end of the time paid for, and only where that is known: `past_due` and `unpaid`. */
export type Rule = 'granted' | 'denied' | { readonly graceSeconds: number };

export type Rules = Readonly<Record<Situation, Rule>>;

export interface AccessPolicy {
  /** How long paid time may have run out before access ends: a renewal's webhook may be late. */
  readonly renewalGraceSeconds: number;
  readonly rules: Rules;
  /** By price id, where a plan differs. */
  readonly plans: Readonly<Record<string, Partial<Rules>>>;
}

/**
 * Who has not paid, or got the money back, is not let in; who is not asked to pay is, as Stripe says of a paused
 * collection; and nobody is locked out for a dispute that is not decided.
 */
export const defaultRules: Rules = {
  past_due: 'denied',
  unpaid: 'denied',
  paused: 'denied',
  collection_paused: 'granted',
  refunded: 'denied',
  dispute_open: 'granted',
  dispute_lost: 'denied',
};

export function ruleFor(policy: AccessPolicy, situation: Situation, plan: string | null): Rule {
  const own =
    plan !== null && Object.hasOwn(policy.plans, plan) ? policy.plans[plan]?.[situation] : undefined;
  return own ?? policy.rules[situation];
}

export interface PolicyTable {
  readonly rules: Partial<Rules>;
  readonly plans: Readonly<Record<string, Partial<Rules>>>;
}

/**
 * Reads a table as people write it, or tells what is wrong with it.
 *
 *     {"past_due": "grace 3 days", "plans": {"price_1QxYz": {"refunded": "granted"}}}
 */
export function readPolicyTable(value: unknown): PolicyTable | { readonly wrong: string } {
  if (!isRecord(value)) return { wrong: 'not an object' };
  const { plans = {}, ...own } = value;
  const rules = readRules(own);
  if ('wrong' in rules) return { wrong: rules.wrong };
  if (!isRecord(plans)) return { wrong: 'plans is not an object' };
  const ofPlans: Record<string, Partial<Rules>> = {};
  for (const [plan, written] of Object.entries(plans)) {
    const read = isRecord(written) ? readRules(written) : { wrong: 'not an object' };
    if ('wrong' in read) return { wrong: `${plan}: ${read.wrong}` };
    ofPlans[plan] = read.rules;
  }
  return { rules: rules.rules, plans: ofPlans };
}

function readRules(written: UnknownRecord): { readonly rules: Partial<Rules> } | { readonly wrong: string } {
  const rules: Partial<Record<Situation, Rule>> = {};
  for (const [name, text] of Object.entries(written)) {
    const situation = situations.find((known) => known === name);
    if (situation === undefined) return { wrong: `${name} is none of ${situations.join(', ')}` };
    const rule = readRule(text);
    if (rule === undefined) return { wrong: `${name}: granted, denied or "grace N days"` };
    if (typeof rule === 'object' && situation !== 'past_due' && situation !== 'unpaid') {
      return { wrong: `${name} knows no grace: granted or denied` };
    }
    rules[situation] = rule;
  }
  return { rules };
}

const SECONDS_A_DAY = 86_400;
const GRACE = /^grace (?<days>\d{1,4}) days?$/;

function readRule(text: unknown): Rule | undefined {
  if (text === 'granted' || text === 'denied') return text;
  const days = typeof text === 'string' ? GRACE.exec(text)?.groups?.['days'] : undefined;
  return days === undefined ? undefined : { graceSeconds: Number(days) * SECONDS_A_DAY };
}
