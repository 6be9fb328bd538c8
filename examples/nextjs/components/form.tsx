'use client';

import { type FormEvent, type ReactNode, useId, useState } from 'react';

interface FormProps {
  readonly title: string;
  readonly submit: string;
  /** Throws an error whose message the user may read. */
  readonly onSubmit: (fields: Readonly<Record<string, string>>) => Promise<void>;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
}

/** A form that shows its progress and its error. */
export function Form({ title, submit, onSubmit, children, footer }: FormProps) {
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: string }>({
    isBusy: false,
  });
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget)];
    const fields = Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'string' ? value : '']),
    );
    setState({ isBusy: true });
    try {
      await onSubmit(fields);
      setState({ isBusy: false });
    } catch (error) {
      setState({ isBusy: false, error: error instanceof Error ? error.message : 'That did not work.' });
    }
  };
  return (
    <form className="card narrow" onSubmit={(event) => void send(event)}>
      <h1>{title}</h1>
      {children}
      {state.error === undefined ? null : (
        <p className="error" role="alert">
          {state.error}
        </p>
      )}
      <button className="button" type="submit" disabled={state.isBusy}>
        {state.isBusy ? 'One moment…' : submit}
      </button>
      {footer}
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: string;
  readonly autoComplete?: string;
  readonly hint?: ReactNode;
}

export function Field({ label, name, type = 'text', autoComplete, hint }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        required
        autoComplete={autoComplete}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      {hint === undefined ? null : (
        <span className="quiet" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}
