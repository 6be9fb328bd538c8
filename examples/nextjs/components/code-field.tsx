'use client';

import { Field } from './form';
import { useSession } from './providers';

export function CodeField({ email }: { readonly email: string }) {
  const { confirmationCode } = useSession().settings;
  return (
    <>
      <p>We have sent a code to {email}.</p>
      <Field
        label="Code"
        name="code"
        autoComplete="one-time-code"
        hint={
          confirmationCode === undefined
            ? undefined
            : `The local cloud sends no mail. Its code is ${confirmationCode}.`
        }
      />
    </>
  );
}
