'use client';

import { useEntitlements } from '@predixa/client/react';
import Link from 'next/link';
import { useSession } from './providers';

export function Header() {
  const { user } = useSession();
  const { entitlements } = useEntitlements();
  return (
    <header className="header">
      <Link className="brand" href="/">
        <span aria-hidden="true">◆</span> Lumen
      </Link>
      <nav aria-label="Main">
        <Link href="/pricing">Pricing</Link>
        {user ? (
          <>
            <Link href="/reports">Reports</Link>
            <Link href="/account">
              Account{' '}
              {entitlements?.access_granted ? (
                <span className="badge">{entitlements.trial_active ? 'Trial' : 'Pro'}</span>
              ) : null}
            </Link>
          </>
        ) : (
          <>
            <Link href="/sign-in">Sign in</Link>
            <Link className="button small" href="/sign-up">
              Get started
            </Link>
          </>
        )}
      </nav>
    </header>
  );
}
