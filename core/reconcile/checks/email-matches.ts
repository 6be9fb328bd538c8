/** Finds customers that name no user and have the email address of one. A person decides which user they belong to. */
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface EmailMatch extends DriftFacts {
  readonly reason: 'customer_email_match' | 'customer_email_match_uncertain';
}

export const emailMatches = defineCheck({
  name: 'email_matches',
  optIn: 'in `backfill`',
  reads: 'every Stripe customer, and the users with its email address',
  reasons: {
    customer_email_match: {
      meaning:
        'The customer names no user. Exactly one user has its email address, and Cognito has verified it.',
      repair: 'Nothing. A person decides (`needs_review`); see [An existing pool](#an-existing-pool).',
    },
    customer_email_match_uncertain: {
      meaning:
        'The customer names no user. Several users have its email address, or Cognito has not verified it.',
      repair: 'Nothing. A person decides (`needs_review`).',
    },
  },
  scan,
  plan: null,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'customers' | 'usersOf'>): Promise<ScanResult<EmailMatch>> {
  const page = await listings.customers(cursor);
  const drifts: EmailMatch[] = [];
  for (const { id, sub, email } of page.items) {
    if (sub !== null || email === null) continue;
    const users = await listings.usersOf(email);
    // Anyone can type in an unverified address, and one that several users share proves even less.
    const certain = users.length === 1 && users[0]?.emailVerified === true;
    const reason = certain ? 'customer_email_match' : 'customer_email_match_uncertain';
    drifts.push(...users.map((user) => ({ reason, subjectId: `${id}=${user.sub}`, sub: null }) as const));
  }
  return { checked: page.items.length, drifts, next: page.next };
}
