/** Renders the page at `/` of the API port: addresses, ids, test cards and the walkthrough. */
import type { Answer } from '../http/body.ts';
import { type CloudStatus, statusRows } from './status.ts';
import { PAGE_STYLE } from './style.ts';
import { walkthrough } from './walkthrough.ts';

export function pageOf(status: CloudStatus): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: html(status),
  };
}

function html(status: CloudStatus): string {
  const rows = statusRows(status)
    .map(({ name, value }) => `<tr><th scope="row">${escaped(name)}</th><td>${valueHtml(value)}</td></tr>`)
    .join('\n');
  const cards = status.testCards
    .map(({ number, meaning }) => `<li><code>${escaped(number)}</code> ${escaped(meaning)}</li>`)
    .join('\n');
  const steps = walkthrough(status)
    .map(({ title, commands }) => `<li><h3>${escaped(title)}</h3><pre>${escaped(commands)}</pre></li>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Predixa Auth &amp; Billing, local</title>
<style>${PAGE_STYLE}</style>
<main>
<header>
<h1>Predixa Auth &amp; Billing</h1>
<p>The local cloud is running. Everything below runs on this machine and accepts no connections from other machines.</p>
</header>
<section><h2>Addresses and ids</h2><table>${rows}</table>
<p>As JSON: <a href="/_local/status">/_local/status</a>. The API: <a href="/docs">reference</a>, <a href="/openapi.json">OpenAPI document</a>.</p></section>
<section><h2>Test cards</h2><ul class="cards">${cards}</ul></section>
<section><h2>Walkthrough</h2>
<p>Follow the steps below, or run <code>npm run tour</code>, which takes two users through them and checks every system.</p>
<ol>${steps}</ol></section>
</main>
</html>
`;
}

function valueHtml(value: string): string {
  const text = `<code>${escaped(value)}</code>`;
  return /^http:\S+$/.test(value) ? `<a href="${escaped(value)}">${text}</a>` : text;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
