/** Allowed origins as configured: `https://app.example.com`, or `http://localhost:*` for every port. */

export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((listed) => isOrigin(origin, listed));
}

function isOrigin(origin: string, listed: string): boolean {
  if (!listed.endsWith(':*')) return origin === listed;
  const prefix = listed.slice(0, -1);
  return origin.startsWith(prefix) && /^\d+$/.test(origin.slice(prefix.length));
}

/** Schemes that a browser handles itself. One that runs code or reads a file must never be a return URL. */
const ofBrowsers: ReadonlySet<string> = new Set([
  'http:',
  'https:',
  'ws:',
  'wss:',
  'ftp:',
  'file:',
  'data:',
  'blob:',
  'javascript:',
  'vbscript:',
  'about:',
  'filesystem:',
  'view-source:',
]);

/** Whether the URL opens an app. Without the two slashes, it is of another kind, such as `mailto:`. */
export function isAppLink({ protocol, href }: URL): boolean {
  return !ofBrowsers.has(protocol) && href.startsWith(`${protocol}//`);
}
