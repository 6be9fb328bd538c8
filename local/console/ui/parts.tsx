/** The small parts that every view is made of. */
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { nowMs } from '../state/cloud.ts';
import { dateTimeOf, relativeOf, wordsOf } from './format.ts';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps extends Omit<ButtonHTMLAttributes, 'onClick' | 'class'> {
  readonly class?: string;
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly icon?: IconName;
  /** Shows that its work is under way, and ignores further clicks. */
  readonly busy?: boolean;
  readonly children?: ComponentChildren;
  readonly onClick?: () => void;
}

export function Button({
  kind = 'plain',
  icon,
  busy = false,
  class: more,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${kind} ${more ?? ''}`}
      aria-busy={busy}
      onClick={() => {
        if (!busy) onClick?.();
      }}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface CardProps {
  readonly title?: ComponentChildren;
  /** Shown at the right of the title. */
  readonly aside?: ComponentChildren;
  readonly tone?: 'plain' | 'ok' | 'warning' | 'danger';
  readonly class?: string;
  readonly children?: ComponentChildren;
  readonly id?: string;
}

export function Card({ title, aside, tone = 'plain', class: more = '', children, id }: CardProps) {
  return (
    <section class={`card ${tone} ${more}`} id={id}>
      {title === undefined ? null : (
        <header class="card-head">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

/** The tone of a status, for badges and bands. */
export function toneOf(status: string): string {
  if (['active', 'paid', 'succeeded', 'CONFIRMED', 'ok', 'complete'].includes(status)) return 'ok';
  if (['trialing', 'EXTERNAL_PROVIDER', 'processing', 'open', 'running'].includes(status)) return 'info';
  if (['past_due', 'incomplete', 'paused', 'UNCONFIRMED', 'refused', 'draft'].includes(status))
    return 'warning';
  if (
    ['canceled', 'unpaid', 'failed', 'trial_expired', 'uncollectible', 'incomplete_expired'].includes(status)
  )
    return 'danger';
  return 'neutral';
}

export function Badge({
  status,
  children,
}: {
  readonly status: string;
  readonly children?: ComponentChildren;
}) {
  return <span class={`badge ${toneOf(status)}`}>{children ?? wordsOf(status)}</span>;
}

export function AccessBadge({ granted }: { readonly granted: boolean | null }) {
  if (granted === null) return <span class="badge neutral">unknown</span>;
  return (
    <span class={`badge ${granted ? 'ok' : 'danger'}`}>
      <Icon name={granted ? 'check' : 'cross'} />
      {granted ? 'access' : 'no access'}
    </span>
  );
}

/** A time of the cloud's clock, relative to now, and whole on hover. */
export function Time({ ms }: { readonly ms: number | null }) {
  if (ms === null) return <span class="quiet">–</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={dateTimeOf(ms)}>
      {relativeOf(ms, nowMs())}
    </time>
  );
}

export function Notice({
  tone,
  children,
}: {
  readonly tone: 'info' | 'ok' | 'warning' | 'danger';
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <Button
      kind="quiet"
      icon={copied ? 'check' : 'copy'}
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setCopied(false), 1_500);
        });
      }}
    />
  );
}

/** The commands that do the same as the buttons next to them. */
export function Terminal({ commands }: { readonly commands: string }) {
  return (
    <details class="terminal">
      <summary>Do this from your terminal</summary>
      <div class="code-block">
        <pre tabIndex={0}>{commands}</pre>
        <CopyButton text={commands} label="Copy the commands" />
      </div>
    </details>
  );
}

/** A dialog of the browser: it keeps the focus, and Escape closes it. It is shown for as long as it is rendered. */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'dialog wide' : 'dialog'}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="dialog-body">
        <header class="card-head">
          <h2>{title}</h2>
          <Button kind="quiet" icon="cross" aria-label="Close" onClick={() => dialog.current?.close()} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
