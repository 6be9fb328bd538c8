/** URLs that open an app, such as `predixa://account`. A return URL may be one. */

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
