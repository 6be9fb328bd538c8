/**
 * Decides whether a server on loopback answers a request. Every web page can send requests to such a server: directly, or
 * under a name of its own that resolves to 127.0.0.1 (DNS rebinding). Other programs name neither an origin nor a site.
 */
import { type AllowedOrigins, isAllowedOrigin } from './origins.ts';

export interface RequestSource {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Fetch-Dest`, which browsers send. */
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly destination: string | undefined;
}

export interface TrustedSources {
  /** The port of the server. */
  readonly port: number;
  /** Names of the server beyond loopback. One without a port is trusted with every port. */
  readonly hosts: readonly string[];
  /** Origins of pages that may call the server. Its own may always. */
  readonly origins: AllowedOrigins;
  /** The server answers preflight requests itself, also those of other origins. They change and reveal nothing. */
  readonly answersPreflights: boolean;
}

const HTTP_PORT = 80;
const MAX_SHOWN = 100;

/** Returns the line that explains why the request is refused, or undefined if it is answered. */
export function refusalOf(source: RequestSource, trusted: TrustedSources): string | undefined {
  return hostRefusal(source, trusted) ?? originRefusal(source, trusted);
}

function hostRefusal({ host }: RequestSource, { port, hosts }: TrustedSources): string | undefined {
  const name = host?.toLowerCase() ?? '';
  const own = ['127.0.0.1', 'localhost', '[::1]'].flatMap((loopback) =>
    port === HTTP_PORT ? [loopback, `${loopback}:${port}`] : [`${loopback}:${port}`],
  );
  const isTrusted = (trusted: string) => name === trusted || withoutPort(name) === trusted;
  if (own.includes(name) || hosts.some((one) => isTrusted(one.toLowerCase()))) return undefined;
  return (
    `Refused: the request names the host ${shown(host)}, and this server answers only to 127.0.0.1, localhost and ` +
    `[::1] with port ${port}. If the name is yours, start the local cloud with --allow-host NAME.`
  );
}

function originRefusal(source: RequestSource, trusted: TrustedSources): string | undefined {
  const { method, host, origin, site } = source;
  if (method === 'OPTIONS' && trusted.answersPreflights) return undefined;
  if (origin !== undefined) {
    if (isOwnOrigin(origin, host) || isAllowedOrigin(trusted.origins, origin)) return undefined;
    return `Refused: the request comes from a page of ${shown(origin)}. ${adviceFor(trusted)}`;
  }
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || isVisit(source)) return undefined;
  return `Refused: the request comes from a page of another site. ${adviceFor(trusted)}`;
}

/** Returns whether a person follows a link or a redirect to a page of the server, which the other site cannot read. */
function isVisit({ method, mode, destination }: RequestSource): boolean {
  return (method === 'GET' || method === 'HEAD') && mode === 'navigate' && destination === 'document';
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && [`http://${host}`, `https://${host}`].includes(origin);
}

function adviceFor({ origins }: TrustedSources): string {
  return origins.length === 0
    ? 'Only pages of this server may do this.'
    : 'If the page is yours, start the local cloud with --allow-origin ORIGIN.';
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

function shown(header: string | undefined): string {
  return header === undefined ? '(none)' : JSON.stringify(header.slice(0, MAX_SHOWN));
}
