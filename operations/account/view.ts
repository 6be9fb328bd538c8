/** Prints one account: ids, states and times, and no email address. */
import type { OwnerContradiction } from '../../core/account/ownership.ts';
import type { PoolUser } from '../../core/account/pool-user.ts';
import type { Profile } from '../../core/account/profile.ts';
import { paidUntil, trialEnd } from '../../core/entitlement/access.ts';
import { claimsOf, isUnclear } from '../../core/entitlement/claims.ts';
import type { Explanation } from '../../core/entitlement/explain.ts';
import type { Claim, EntitlementRow } from '../../core/entitlement/row.ts';
import type { ListedCustomer, Listings } from '../../core/reconcile/listings.ts';
import { noRefund, refundPolicyText } from '../../core/refund/policy.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';

export interface Account {
  readonly sub: string;
  readonly user: PoolUser | undefined;
  readonly profile: Profile | undefined;
  readonly row: EntitlementRow | undefined;
  readonly customers: readonly ListedCustomer[];
  readonly subscriptions: readonly Subscription[];
  /** The customers that have the user's email address and name no user. */
  readonly emailMatches: readonly ListedCustomer[];
  /** The customers that the profile or the row names, and that name another user themselves. */
  readonly contradictions: readonly OwnerContradiction[];
  /** The listings of only this user. */
  readonly listings: Listings;
}

export function printAccount({ sub, user, profile, row, ...stripe }: Account): void {
  printField('Cognito', user === undefined ? `no user with the sub ${sub}` : `user ${sub}${stateOf(user)}`);
  const requestedAt = profile?.deletion?.requestedAt;
  const deletion =
    requestedAt === undefined ? '' : `, being deleted since ${requestedAt}${refundOf(profile)}`;
  printField(
    'Profile',
    profile === undefined ? 'none' : `customer ${profile.customerId ?? 'none'}${deletion}`,
  );
  const claims = row === undefined ? [] : claimsOf(row);
  if (claims.length === 0) printField('Entitlement', row === undefined ? 'none' : `${row.status}, plan none`);
  for (const claim of claims) printField('Entitlement', textOf(claim));
  if (stripe.customers.length === 0) printField('Stripe', 'no customer');
  for (const { id } of stripe.customers) printField('Stripe', `customer ${id}`);
  for (const { id, customerId, status } of stripe.subscriptions) {
    printField('', `subscription ${id} of ${customerId}: ${status}`);
  }
  for (const { customerId, sub: owner, source } of stripe.contradictions) {
    printField('Contradiction', `the ${source} of ${sub} names ${customerId}, which names ${owner}`);
    printField('', '  see owner-contradicted in docs/runbook.md');
  }
  for (const { id } of stripe.emailMatches) {
    printField('', `possibly ${id}: it has the same email address and names no user`);
    printField('', `  if it belongs to this user: npm run backfill -- --adopt ${id}=${sub}`);
  }
}

function stateOf({ confirmed, enabled, emailVerified }: PoolUser): string {
  const unverified = emailVerified ? '' : ', address not verified';
  return `${confirmed ? unverified : ', not confirmed yet'}${enabled ? '' : ', disabled'}`;
}

export function printAccess(explanation: Explanation, atSeconds: number): void {
  console.log(`\nAt ${isoOf(atSeconds)}:`);
  switch (explanation.kind) {
    case 'no_row':
      console.log('  no access: the user has no entitlement row');
      return;
    case 'before_history':
      console.log(`  unknown: the row's history starts at ${isoOf(explanation.since)}`);
      if (explanation.before !== undefined) {
        const { status, plan } = explanation.before;
        console.log(`  until then: ${status}, plan ${plan ?? 'none'}`);
      }
      return;
    default: {
      const { access, state, change } = explanation;
      console.log(`  ${access.granted ? 'access' : 'no access'} (${access.reason})`);
      console.log(`  plan ${state.plan ?? 'none'}`);
      console.log(`  status ${state.status}, Stripe status ${state.stripeStatus ?? 'none'}`);
      if (state.currentPeriodEnd !== null) console.log(`  paid until ${isoOf(state.currentPeriodEnd)}`);
      if (state.cancelAt !== null) console.log(`  ends at ${isoOf(state.cancelAt)}`);
      if (state.reversal !== null) console.log(`  payment ${state.reversal}`);
      if (change === undefined) return;
      const { status, plan } = change.before;
      console.log(`  since ${isoOf(change.at)}, by ${change.by}; before: ${status}, plan ${plan ?? 'none'}`);
    }
  }
}

/** What the deletion refunds, as it was promised at the request. */
function refundOf(profile: Profile | undefined): string {
  const policy = profile?.deletion?.refund?.policy ?? noRefund;
  return policy.kind === 'none' ? '' : `, refund ${refundPolicyText(policy)}`;
}

function textOf(claim: Claim): string {
  const { source, status, plan, subscriptionId, origin } = claim;
  const id = subscriptionId ?? origin?.id;
  const by = id === undefined ? source : `${source} ${id}`;
  const end = claim.status === 'trialing' ? trialEnd(claim) : paidUntil(claim);
  const until = end === null ? '' : `, until ${isoOf(end)}`;
  const warning = warningOf(claim);
  const given = origin?.grant ? `, given by ${origin.grant.by}: ${origin.grant.reason}` : '';
  return `${status}, plan ${plan ?? 'none'}, by ${by}${until}${warning}${given}`;
}

function warningOf(claim: Claim): string {
  if (!isUnclear(claim)) return '';
  if (claim.unreadable === true) return ', with an end that is no time: no access';
  return claim.blankEnd === true ? ', with a blank end' : ', a status that no one knows: no access';
}

function printField(name: string, text: string): void {
  console.log(`${name.padEnd(12)} ${text}`);
}

function isoOf(seconds: number | null): string {
  return seconds === null ? 'an unknown time' : new Date(seconds * 1000).toISOString();
}
