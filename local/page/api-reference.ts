/** Serves the OpenAPI document and its reference page: `/openapi.json` and `/docs`, with all that the page loads. */
import { readFile } from 'node:fs/promises';
import type { Answer } from '../http/body.ts';

/** The files of Swagger UI that the page loads, by the route that serves them. */
const assets: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/docs/swagger-ui.css': { file: 'swagger-ui.css', type: 'text/css; charset=utf-8' },
  '/docs/swagger-ui-bundle.js': { file: 'swagger-ui-bundle.js', type: 'text/javascript; charset=utf-8' },
};

/** Returns undefined for a path that belongs to something else. */
export async function apiReferenceAt(path: string, apiUrl: string): Promise<Answer | undefined> {
  if (path === '/openapi.json') return answer('application/json', await documentFor(apiUrl));
  if (path === '/docs') return { ...answer('text/html; charset=utf-8', PAGE), headers: pageHeaders };
  if (path === '/docs/start.js') return answer('text/javascript; charset=utf-8', START);
  const asset = assets[path];
  if (asset === undefined) return undefined;
  const url = new URL(asset.file, import.meta.resolve('swagger-ui-dist/package.json'));
  return answer(asset.type, await readFile(url));
}

/** Requests from the page must reach this local cloud, whatever its port is. */
async function documentFor(apiUrl: string): Promise<string> {
  const text = await readFile(new URL('../../contract/openapi.json', import.meta.url), 'utf8');
  const document = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ ...document, servers: [{ url: apiUrl, description: 'This local cloud.' }] });
}

function answer(type: string, body: string | Buffer): Answer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body };
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'",
};

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference, Predixa Auth &amp; Billing</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<main id="reference"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;

/** The bundle follows the class, and the page the user's setting. */
const START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();
SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, persistAuthorization: false });
`;
