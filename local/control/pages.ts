/** Serves the console: its page, and the files that `scripts/console.ts` builds. */
import { readFile } from 'node:fs/promises';
import { type Answer, jsonAnswer } from '../http/body.ts';

export interface ConsoleFiles {
  /** The directory of the built console. */
  readonly directory: string;
}

const files: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/console.js': { file: 'console.js', type: 'text/javascript; charset=utf-8' },
  '/console.css': { file: 'console.css', type: 'text/css; charset=utf-8' },
};

/** Returns undefined for a path that belongs to something else. */
export async function consolePageAt(path: string, { directory }: ConsoleFiles): Promise<Answer | undefined> {
  if (path === '/') return { status: 200, headers: pageHeaders, body: PAGE };
  const wanted = files[path];
  if (wanted === undefined) return undefined;
  try {
    const body = await readFile(`${directory}/${wanted.file}`);
    return { status: 200, headers: { 'content-type': wanted.type, 'cache-control': 'no-cache' }, body };
  } catch {
    return jsonAnswer(404, { message: 'The console is not built. Build it with npm run build.' });
  }
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // No other page may frame the console, and it loads nothing from elsewhere. It calls Cognito and opens the simulators.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' http://127.0.0.1:* http://localhost:*; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%234338ca' d='M5 4h8.5a5.5 5.5 0 0 1 0 11H9v5H5z'/%3E%3C/svg%3E";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Predixa local cloud</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/console.css">
<script type="module" src="/console.js"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. The same is possible from a terminal: see docs/local-cloud.md.</noscript>
</body>
</html>
`;
