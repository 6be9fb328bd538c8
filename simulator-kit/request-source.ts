/**
 * Decides whether the server answers a request. Every web page can send requests to a server on loopback: directly, or
 * under a name of its own that resolves to 127.0.0.1 (DNS rebinding). Other programs name neither an origin nor a site.
 */

export interface RequestSource {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Fetch-Dest`, which browsers send. */
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly destination: string | undefined;
}

export interface ServerNames {
  readonly port: number;
  /** The address that the server listens on. */
  readonly address: string;
  /** Further names of the server. One without a port is trusted with every port. */
  readonly allowed: readonly string[];
}

const HTTP_PORT = 80;
const MAX_SHOWN = 100;
const loopback: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** Returns the line that explains why the request is refused, or undefined if it is answered. */
export function refusalOf(source: RequestSource, names: ServerNames): string | undefined {
  return hostRefusal(source, names) ?? originRefusal(source);
}

function hostRefusal({ host }: RequestSource, { port, address, allowed }: ServerNames): string | undefined {
  const name = host?.toLowerCase() ?? '';
  const bare = name.replace(/:\d+$/, '');
  const withPort = port === HTTP_PORT && bare === name ? `${name}:${port}` : name;
  const isOwn =
    withPort === `${bare}:${port}` && (loopback.includes(bare) || (isPublic(address) && isAddress(bare)));
  if (isOwn || allowed.some((one) => [name, bare].includes(one.toLowerCase()))) return undefined;
  return (
    `Refused: the request names the host ${shown(host)}, and this server answers only to ${loopback.join(', ')} with ` +
    `port ${port}. If the name is yours, allow it with the option allowedHosts, or --allow-host NAME.`
  );
}

function originRefusal(source: RequestSource): string | undefined {
  const { host, origin, site } = source;
  if (origin !== undefined) {
    if ([`http://${host}`, `https://${host}`].includes(origin)) return undefined;
    return `Refused: the request comes from a page of ${shown(origin)}. Only pages of this server may do this.`;
  }
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || isVisit(source)) return undefined;
  return 'Refused: the request comes from a page of another site. Only pages of this server may do this.';
}

/** Returns whether a person follows a link or a redirect to a page of the server, which the other site cannot read. */
function isVisit({ method, mode, destination }: RequestSource): boolean {
  return (method === 'GET' || method === 'HEAD') && mode === 'navigate' && destination === 'document';
}

/** Returns whether the server can be reached from outside this machine, which its user has chosen. */
function isPublic(address: string): boolean {
  return !loopback.includes(address) && address !== '::1';
}

/** Returns whether the name is an address. No other site can have it as its name. */
function isAddress(bare: string): boolean {
  return /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])$/.test(bare);
}

function shown(header: string | undefined): string {
  return header === undefined ? '(none)' : JSON.stringify(header.slice(0, MAX_SHOWN));
}
