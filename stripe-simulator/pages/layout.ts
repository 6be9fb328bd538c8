/** The frame that all pages share. */
import { SCRIPT_PATH, STYLESHEET_PATH } from './assets.ts';
import { type Html, html } from './html.ts';

export interface Frame {
  readonly title: string;
  /** The width and the arrangement. */
  readonly kind?: 'narrow' | 'checkout' | 'portal' | 'wide';
  /** Links above the content. */
  readonly navigation?: Html;
  /** Whether the page shows what was wrong with a form. Screen readers read the title first. */
  readonly isError?: boolean;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%234f46e5'/%3E%3Cpath d='M4 8.5l2.5 2.5L12 5.5' stroke='white' stroke-width='2' fill='none'/%3E%3C/svg%3E";

export function page({ title, kind = 'narrow', navigation, isError = false }: Frame, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${isError ? 'Error: ' : ''}${title}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${STYLESHEET_PATH}">
<script src="${SCRIPT_PATH}" defer></script>
</head>
<body>
<header>
${navigation === undefined ? undefined : html`<a class="skip" href="#content">Skip to the content</a>`}
<p class="mark"><strong>Test mode</strong> · This is a local Stripe simulator. No real payments are made.</p>
${navigation}
</header>
<main id="content" class="${kind}">
${content}
</main>
</body>
</html>
`.text;
}

/** A page that says one thing. */
export function plainPage(title: string, text: string, link?: Html): string {
  return page(
    { title },
    html`<div class="panel">
<h1>${title}</h1>
<p>${text}</p>
${link}
</div>`,
  );
}

/** What went wrong with a form as a whole. Errors of a field are next to the field. */
export function alert(problem: string | undefined): Html | undefined {
  return problem === undefined
    ? undefined
    : html`<div role="alert" class="notice" id="problem"><p>${problem}</p></div>`;
}

/** What was done. */
export function notice(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<div role="status" class="notice ok"><p>${text}</p></div>`;
}

type Tone = 'ok' | 'warn' | 'bad' | 'mute';

const tones: Readonly<Record<string, Tone>> = {
  active: 'ok',
  complete: 'ok',
  paid: 'ok',
  succeeded: 'ok',
  enabled: 'ok',
  ready: 'ok',
  trialing: 'ok',
  open: 'warn',
  pending: 'warn',
  incomplete: 'warn',
  past_due: 'bad',
  unpaid: 'bad',
  failed: 'bad',
  uncollectible: 'bad',
  requires_action: 'warn',
  requires_payment_method: 'bad',
};

/** A status, with a color that repeats what the text says. */
export function badge(status: string): Html {
  return html`<span class="badge ${tones[status] ?? 'mute'}">${status.replaceAll('_', ' ')}</span>`;
}
