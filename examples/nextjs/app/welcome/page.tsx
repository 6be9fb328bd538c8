'use client';

import { Gate, safePath, useEntitlements } from '@predixa/client/react';
import Link from 'next/link';
import { use } from 'react';

interface WelcomeProps {
  readonly searchParams: Promise<{ readonly next?: string }>;
}

/** Where Stripe returns the user. The provider has seen the session in the address, and asks whether it is paid. */
export default function Welcome({ searchParams }: WelcomeProps) {
  const next = safePath(use(searchParams).next, '/reports');
  const { refresh } = useEntitlements();
  return (
    <section className="card narrow">
      <Gate
        loading={<h1 aria-live="polite">Confirming your payment…</h1>}
        signedOut={<SignInFirst next={next} />}
        denied={
          <>
            <h1>Your payment is on its way</h1>
            <p>It is not confirmed yet. You can leave this page; we open everything as soon as it is.</p>
            <button className="button" type="button" onClick={() => void refresh()}>
              Check again
            </button>
          </>
        }
        error={({ retry }) => (
          <>
            <h1>One moment</h1>
            <p>We cannot check your payment at the moment. Nothing is lost.</p>
            <button className="button" type="button" onClick={() => void retry()}>
              Try again
            </button>
          </>
        )}
      >
        <h1>Welcome to Lumen</h1>
        <p>Everything is open.</p>
        <Link className="button" href={next}>
          Go on
        </Link>
      </Gate>
    </section>
  );
}

function SignInFirst({ next }: { readonly next: string }) {
  return (
    <>
      <h1>Sign in to go on</h1>
      <Link className="button" href={`/sign-in?next=${encodeURIComponent(next)}`}>
        Sign in
      </Link>
    </>
  );
}
