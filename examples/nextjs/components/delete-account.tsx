'use client';

import { useAccountClient } from '@predixa/client/react';
import { signOut } from 'aws-amplify/auth';
import { useRouter } from 'next/navigation';
import { useState } from 'react';

/** Deletion has to be found inside the app, to be explained, and to be confirmed once. */
export function DeleteAccount() {
  const client = useAccountClient();
  const router = useRouter();
  const [step, setStep] = useState<'closed' | 'asked' | 'busy' | 'failed'>('closed');
  const remove = async () => {
    setStep('busy');
    try {
      const { billing_continues: continues } = await client.account.delete();
      const links = continues.map(({ manage_url }) => manage_url).filter((url) => url !== null);
      await signOut();
      const query = new URLSearchParams(links.map((url) => ['continues', url]));
      router.push(`/goodbye?${query}`);
      router.refresh();
    } catch {
      setStep('failed');
    }
  };
  return (
    <div className="card danger">
      <h2>Delete the account</h2>
      <p>Your subscription ends at once, and your data are deleted. This cannot be undone.</p>
      {step === 'closed' ? (
        <button className="button danger-button" type="button" onClick={() => setStep('asked')}>
          Delete my account
        </button>
      ) : (
        <p className="actions">
          <button
            className="button danger-button"
            type="button"
            disabled={step === 'busy'}
            onClick={() => void remove()}
          >
            {step === 'busy' ? 'Deleting…' : 'Yes, delete everything'}
          </button>
          <button className="button quiet-button" type="button" onClick={() => setStep('closed')}>
            Keep it
          </button>
        </p>
      )}
      {step === 'failed' ? (
        <p className="error" role="alert">
          The deletion is not finished. It continues by itself; you can also try again.
        </p>
      ) : null}
    </div>
  );
}
