'use client';

import { confirmResetPassword, resetPassword } from 'aws-amplify/auth';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { CodeField } from '../../components/code-field';
import { Field, Form } from '../../components/form';

export default function ForgotPassword() {
  const router = useRouter();
  const [email, setEmail] = useState<string | undefined>();
  if (email === undefined) {
    return (
      <Form
        key="request"
        title="Forgot your password?"
        submit="Send a code"
        onSubmit={async ({ email: username = '' }) => {
          await resetPassword({ username });
          setEmail(username);
        }}
      >
        <Field label="Email" name="email" type="email" autoComplete="email" />
      </Form>
    );
  }
  return (
    <Form
      key="reset"
      title="Choose a new password"
      submit="Change the password"
      onSubmit={async ({ code = '', password = '' }) => {
        await confirmResetPassword({ username: email, confirmationCode: code, newPassword: password });
        router.push('/sign-in');
      }}
    >
      <CodeField email={email} />
      <Field label="New password" name="password" type="password" autoComplete="new-password" />
    </Form>
  );
}
