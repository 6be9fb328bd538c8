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

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #5b6478; --line: #d5dbe6; --paper: #fff; --back: #f6f8fb; --accent: #4f46e5; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f8; --soft: #a8b1c6; --line: #3a4258; --paper: #1c2233; --back: #12172a; --accent: #8b93ff; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); }
main { max-width: 80rem; margin: 2.5rem auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; }
.note { margin: 1rem auto; padding: 0 1rem; color: var(--soft); font-size: .875rem; text-align: center; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; } h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
section { margin: 1rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .75rem; }
.soft, small { color: var(--soft); } .soft { margin: .25rem 0 .75rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; } div.row { margin-top: .75rem; }
input, select { max-width: 10rem; padding: .35rem .5rem; font: inherit; font-size: .875rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; }
input:focus-visible, select:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button { padding: .4rem .7rem; font: inherit; font-size: .875rem; font-weight: 650; color: var(--paper); background: var(--accent); border: 0; border-radius: .4rem; cursor: pointer; }
[role=alert] { padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--back); font-weight: 600; }
a { color: var(--accent); } table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: .4rem .4rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-size: .875rem; overflow-wrap: anywhere; }
`;

export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${content}
</main>
<p class="note">This is a local RevenueCat simulator. No store charges anything.</p>
</body>
</html>
`.text;
}

export function alert(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p role="alert">${problem}</p>`;
}
