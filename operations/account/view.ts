/** One account on a terminal: ids, states and moments, and no address. */
import type { PoolUser } from '../../core/account/pool-user.ts';
import type { Profile } from '../../core/account/profile.ts';
import type { Explanation } from '../../core/entitlement/explain.ts';
import type { EntitlementRow } from '../../core/entitlement/row.ts';
import type { ListedCustomer, Listings } from '../../core/reconcile/listings.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';

export interface Account {
  readonly sub: string;
  readonly user: PoolUser | undefined;
  readonly profile: Profile | undefined;
  readonly row: EntitlementRow | undefined;
  readonly customers: readonly ListedCustomer[];
  readonly subscriptions: readonly Subscription[];
  /** They have the user's address, and name nobody. */
  readonly lookalikes: readonly ListedCustomer[];
  readonly listings: Listings;
}

export function tellAccount({ sub, user, profile, row, ...stripe }: Account): void {
  show('Cognito', user === undefined ? `nobody of sub ${sub}` : `user ${sub}${stateOf(user)}`);
  const marked = profile?.deletion?.requestedAt;
  const deletion = marked === undefined ? '' : `, to be deleted since ${marked}`;
  show('Profile', profile === undefined ? 'none' : `customer ${profile.customerId ?? 'none'}${deletion}`);
  show('Entitlement', row === undefined ? 'none' : `${row.status}, plan ${row.plan ?? 'none'}`);
  if (stripe.customers.length === 0) show('Stripe', 'no customer');
  for (const { id } of stripe.customers) show('Stripe', `customer ${id}`);
  for (const { id, customerId, status } of stripe.subscriptions) {
    show('', `subscription ${id} of ${customerId}: ${status}`);
  }
  for (const { id } of stripe.lookalikes) {
    show('', `perhaps also ${id}, which has the same address and names nobody`);
    show('', `  if it is theirs: npm run backfill -- --adopt ${id}=${sub}`);
  }
}

function stateOf({ confirmed, enabled, emailVerified }: PoolUser): string {
  const proved = confirmed ? (emailVerified ? '' : ', address not verified') : ', not confirmed yet';
  return `${proved}${enabled ? '' : ', disabled'}`;
}

export function tellAccess(explanation: Explanation, atSeconds: number): void {
  console.log(`\nAt ${isoOf(atSeconds)}:`);
  switch (explanation.kind) {
    case 'no_row':
      console.log('  no access: there is no entitlement row');
      return;
    case 'before_history':
      console.log(`  unknown: the row remembers nothing before ${isoOf(explanation.since)}`);
      if (explanation.before !== undefined) {
        const { status, plan } = explanation.before;
        console.log(`  until then: ${status}, plan ${plan ?? 'none'}`);
      }
      return;
    default: {
      const { access, state, change } = explanation;
      console.log(`  ${access.granted ? 'access' : 'no access'} (${access.reason})`);
      console.log(`  ${state.status}, at Stripe ${state.stripeStatus ?? 'nothing'}`);
      if (state.currentPeriodEnd !== null) console.log(`  paid until ${isoOf(state.currentPeriodEnd)}`);
      if (state.cancelAt !== null) console.log(`  ends at ${isoOf(state.cancelAt)}`);
      if (state.reversal !== null) console.log(`  the money: ${state.reversal}`);
      if (change === undefined) return;
      const { status, plan } = change.before;
      console.log(`  since ${isoOf(change.at)}, by ${change.by}; before: ${status}, plan ${plan ?? 'none'}`);
    }
  }
}

function show(where: string, what: string): void {
  console.log(`${where.padEnd(12)} ${what}`);
}

function isoOf(seconds: number | null): string {
  return seconds === null ? 'an unknown moment' : new Date(seconds * 1000).toISOString();
}
