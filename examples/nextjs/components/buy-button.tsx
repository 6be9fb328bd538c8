'use client';

import { AccountError } from '@predixa/client';
import { useAccountClient, useEntitlements } from '@predixa/client/react';
import Link from 'next/link';
import { useState } from 'react';
import { useSession } from './providers';

interface BuyButtonProps {
  readonly price: string;
  /** The page that the user wanted, which Checkout leads back to. */
  readonly next: string;
}

export function BuyButton({ price, next }: BuyButtonProps) {
  const { user } = useSession();
  const { entitlements } = useEntitlements();
  const client = useAccountClient();
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: string }>({
    isBusy: false,
  });

  const wanted = `next=${encodeURIComponent(next)}`;
  if (user === null) {
    return (
      <Link className="button" href={`/sign-up?next=${encodeURIComponent(`/pricing?${wanted}`)}`}>
        Start
      </Link>
    );
  }
  if (entitlements?.access_granted && entitlements.plan === price) return <p className="ok">Your plan</p>;

  const buy = async () => {
    setState({ isBusy: true });
    const { origin } = window.location;
    try {
      const { url } = await client.checkout.start({
        price,
        success_url: `${origin}/welcome?${wanted}&session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: `${origin}/pricing?${wanted}`,
      });
      window.location.assign(url);
    } catch (error) {
      // The user pays already: the billing portal changes the plan.
      if (error instanceof AccountError && error.problem?.portal !== undefined) {
        const { url } = await client.portal.open({ return_url: `${origin}/account` });
        window.location.assign(url);
        return;
      }
      setState({ isBusy: false, error: error instanceof Error ? error.message : 'That did not work.' });
    }
  };
  return (
    <>
      <button
        className="button"
        type="button"
        disabled={state.isBusy || user === undefined}
        onClick={() => void buy()}
      >
        {state.isBusy ? 'One moment…' : 'Subscribe'}
      </button>
      {state.error === undefined ? null : (
        <p className="error" role="alert">
          {state.error}
        </p>
      )}
    </>
  );
}
