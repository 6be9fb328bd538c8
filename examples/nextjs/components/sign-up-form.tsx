'use client';

import { safePath } from '@predixa/client/react';
import { confirmSignUp, resendSignUpCode, signIn, signOut, signUp } from 'aws-amplify/auth';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { note } from '../lib/trace';
import { CodeField } from './code-field';
import { Field, Form } from './form';

interface SignUpFormProps {
  readonly next: string | undefined;
  /** The address of a user who has signed up before, and never entered the code. */
  readonly unconfirmed: string | undefined;
}

export function SignUpForm({ next, unconfirmed }: SignUpFormProps) {
  const router = useRouter();
  const goal = safePath(next, '/pricing');
  const [pending, setPending] = useState<{ readonly email: string; readonly password?: string } | undefined>(
    unconfirmed === undefined ? undefined : { email: unconfirmed },
  );

  if (pending !== undefined) {
    return (
      <Form
        key="confirm"
        title="Check your mail"
        submit="Confirm"
        onSubmit={async ({ code = '' }) => {
          await confirmSignUp({ username: pending.email, confirmationCode: code });
          note(
            'Cognito trigger',
            'The sign-up created the Stripe customer, the profile and the entitlement row.',
          );
          if (pending.password === undefined) {
            router.push(`/sign-in?next=${encodeURIComponent(goal)}`);
            return;
          }
          await signIn({ username: pending.email, password: pending.password });
          router.push(goal);
          router.refresh();
        }}
        footer={
          <button
            className="link"
            type="button"
            onClick={() => void resendSignUpCode({ username: pending.email })}
          >
            Send the code again
          </button>
        }
      >
        <CodeField email={pending.email} />
      </Form>
    );
  }
  return (
    <Form
      key="sign-up"
      title="Create an account"
      submit="Create an account"
      onSubmit={async ({ name = '', email = '', password = '' }) => {
        await signOut();
        await signUp({ username: email, password, options: { userAttributes: { given_name: name } } });
        setPending({ email, password });
      }}
      footer={
        <p className="quiet">
          You have an account? <Link href={`/sign-in?next=${encodeURIComponent(goal)}`}>Sign in</Link>
        </p>
      }
    >
      <Field label="First name" name="name" autoComplete="given-name" />
      <Field label="Email" name="email" type="email" autoComplete="email" />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        hint="At least 8 characters, with upper and lower case, a digit and a symbol."
      />
    </Form>
  );
}
