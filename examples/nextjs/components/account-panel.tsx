'use client';

import { AccountError } from '@predixa/client';
import { useAccountClient, useEntitlements } from '@predixa/client/react';
import { confirmUserAttribute, signOut, updateUserAttribute } from 'aws-amplify/auth';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { dateText } from '../lib/format';
import { note } from '../lib/trace';
import { CodeField } from './code-field';
import { DeleteAccount } from './delete-account';
import { Field, Form } from './form';

export function AccountPanel({ email }: { readonly email: string | null }) {
  const router = useRouter();
  const leave = async (global: boolean) => {
    await signOut({ global });
    note('Cognito', global ? 'Every session of the user ended.' : 'This session ended.');
    router.push('/');
    router.refresh();
  };
  return (
    <div className="stack">
      <Plan />
      <Email email={email} />
      <div className="card">
        <h2>Sessions</h2>
        <p className="actions">
          <button className="button quiet-button" type="button" onClick={() => void leave(false)}>
            Sign out
          </button>
          <button className="button quiet-button" type="button" onClick={() => void leave(true)}>
            Sign out everywhere
          </button>
        </p>
      </div>
      <DeleteAccount />
    </div>
  );
}

function Plan() {
  const { status, entitlements, refresh } = useEntitlements();
  const client = useAccountClient();
  const [error, setError] = useState<string | undefined>();
  const open = async () => {
    setError(undefined);
    try {
      const { url } = await client.portal.open({ return_url: `${window.location.origin}/account` });
      window.location.assign(url);
    } catch (cause) {
      const isNew = cause instanceof AccountError && cause.code === 'no_customer';
      setError(
        isNew ? 'There is nothing to manage yet.' : 'The billing page could not be opened. Try again.',
      );
    }
  };
  if (entitlements === undefined) {
    return (
      <div className="card">
        <h2>Plan</h2>
        {status === 'error' ? (
          <button className="button" type="button" onClick={() => void refresh()}>
            Try again
          </button>
        ) : (
          <p>One moment…</p>
        )}
      </div>
    );
  }
  const until = dateText(entitlements.current_period_end ?? entitlements.trial_expires_at);
  return (
    <div className="card">
      <h2>Plan</h2>
      <p>
        {entitlements.access_granted ? 'You have access' : 'You have no plan'}
        {entitlements.access_granted && until !== undefined ? ` until ${until}` : ''}
        {entitlements.cancel_at_period_end ? ', and it then ends' : ''}.
      </p>
      <p className="actions">
        {entitlements.access_granted ? null : (
          <Link className="button" href="/pricing">
            See the prices
          </Link>
        )}
        {entitlements.manage_url === null ? (
          <button className="button quiet-button" type="button" onClick={() => void open()}>
            Manage billing
          </button>
        ) : (
          <a className="button quiet-button" href={entitlements.manage_url}>
            Manage in the app store
          </a>
        )}
      </p>
      {error === undefined ? null : (
        <p className="error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function Email({ email }: { readonly email: string | null }) {
  const [address, setAddress] = useState(email);
  const [pending, setPending] = useState<string | undefined>();
  if (pending !== undefined) {
    return (
      <Form
        key="confirm"
        title="Verify the new address"
        submit="Verify"
        onSubmit={async ({ code = '' }) => {
          await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: code });
          note('Cognito', 'The new address is verified. The next checkout passes it to Stripe.');
          setAddress(pending);
          setPending(undefined);
        }}
      >
        <CodeField email={pending} />
      </Form>
    );
  }
  return (
    <Form
      key="change"
      title="Email"
      submit="Change the address"
      onSubmit={async ({ email: value = '' }) => {
        await updateUserAttribute({ userAttribute: { attributeKey: 'email', value } });
        setPending(value);
      }}
    >
      <p>{address ?? 'You have no address.'}</p>
      <Field label="New address" name="email" type="email" autoComplete="email" />
    </Form>
  );
}
