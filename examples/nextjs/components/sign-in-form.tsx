'use client';

import { safePath } from '@predixa/client/react';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { note } from '../lib/trace';
import { Field, Form } from './form';
import { useSession } from './providers';

interface SignInFormProps {
  readonly next: string | undefined;
  /** Why a server has sent the user here. */
  readonly reason: string | undefined;
}

export function SignInForm({ next, reason }: SignInFormProps) {
  const router = useRouter();
  const goal = safePath(next, '/reports');
  const { user } = useSession();
  // A server has found the token expired, and only the browser can refresh it.
  const [isRefreshing, setIsRefreshing] = useState(reason === 'expired');
  const isSignedIn = user !== undefined && user !== null && reason === undefined;

  useEffect(() => {
    if (isSignedIn) router.replace(goal);
    if (!isRefreshing) return;
    fetchAuthSession({ forceRefresh: true }).then(
      ({ tokens }) => (tokens === undefined ? setIsRefreshing(false) : router.replace(goal)),
      () => setIsRefreshing(false),
    );
  }, [isSignedIn, isRefreshing, goal, router]);

  if (isRefreshing) return <p aria-live="polite">Refreshing your session…</p>;
  return (
    <Form
      title="Sign in"
      submit="Sign in"
      onSubmit={async ({ email = '', password = '' }) => {
        // Amplify refuses a sign-in while another user is signed in.
        await signOut();
        const { nextStep } = await signIn({ username: email, password });
        if (nextStep.signInStep === 'CONFIRM_SIGN_UP') {
          router.push(`/sign-up?confirm=${encodeURIComponent(email)}&next=${encodeURIComponent(goal)}`);
          return;
        }
        note('Cognito SRP', 'The password was proven without being sent, and Cognito signed the tokens.');
        router.push(goal);
        router.refresh();
      }}
      footer={
        <p className="quiet">
          <Link href="/forgot-password">Forgot your password?</Link> ·{' '}
          <Link href={`/sign-up?next=${encodeURIComponent(goal)}`}>Create an account</Link>
        </p>
      }
    >
      <Field label="Email" name="email" type="email" autoComplete="email" />
      <Field label="Password" name="password" type="password" autoComplete="current-password" />
    </Form>
  );
}
