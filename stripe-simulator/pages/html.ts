/** Builds HTML with escaped values, and the layout that all pages share. */

/** Markup that is already escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = Html | string | number | readonly HtmlValue[] | undefined;

/** A template tag that escapes every value except `Html`. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = strings.map((string, index) => string + (index < values.length ? safe(values[index]) : ''));
  return new Html(text.join(''));
}

function safe(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map((entry) => safe(entry)).join('');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Returns the URL if it is an http or https URL. Other schemes such as `javascript:` must not become links. */
export function webUrl(url: string | null): string | undefined {
  if (url === null || !/^https?:\/\//i.test(url)) return undefined;
  return url;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #5b6478; --line: #d5dbe6; --paper: #fff; --back: #f6f8fb; --accent: #4f46e5; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f8; --soft: #a8b1c6; --line: #3a4258; --paper: #1c2233; --back: #12172a; --accent: #8b93ff; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); }
main { max-width: 34rem; margin: 2.5rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; }
.note { max-width: 34rem; margin: 1rem auto; padding: 0 1rem; color: var(--soft); font-size: .875rem; text-align: center; }
main.wide { max-width: 80rem; } main.wide td { font-size: .875rem; overflow-wrap: anywhere; } .row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; } .row button, .row input, .row select { width: auto; margin: 0; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; } section { padding: .75rem 0; border-bottom: 1px solid var(--line); } .price { font-size: 1.9rem; font-weight: 650; margin: 0; } .soft { color: var(--soft); margin: .25rem 0 1.25rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, select { width: 100%; padding: .65rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button { width: 100%; margin-top: 1.5rem; padding: .8rem; font: inherit; font-weight: 650; color: var(--paper); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; }
[role=alert] { padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--back); font-weight: 600; }
ul { padding: 0; list-style: none; } li { padding: .3rem 0; } details li { font-size: .9rem; } a { color: var(--accent); } table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: .4rem 0; border-bottom: 1px solid var(--line); }
`;

export function page(title: string, content: Html, width: 'narrow' | 'wide' = 'narrow'): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main class="${width}">
${content}
</main>
<p class="note">This is a local Stripe simulator. No real payments are made.</p>
</body>
</html>
`.text;
}

export function plainPage(title: string, text: string): string {
  return page(
    title,
    html`<h1>${title}</h1>
<p>${text}</p>`,
  );
}

export function alert(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p role="alert" id="problem">${problem}</p>`;
}
