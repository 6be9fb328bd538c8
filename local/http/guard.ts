/** Keeps the pages of other sites away from a server on loopback. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { type Answer, jsonAnswer, sendAnswer } from './body.ts';
import type { AllowedOrigins } from './origins.ts';
import { type RequestSource, refusalOf, type TrustedSources } from './request-source.ts';

const BASE = 'http://localhost';

/** Whose requests a server answers. Other programs of this machine, which are no web pages, always may. */
export interface Access {
  /** Names of the server beyond loopback. */
  readonly hosts: readonly string[];
  /** Returns which pages beyond the server's own may call the path. */
  readonly pagesFor: (path: string) => Pick<TrustedSources, 'origins' | 'answersPreflights'>;
}

/** No page of another origin may call the server. */
export function ownPagesOnly(hosts: readonly string[]): Access {
  return { hosts, pagesFor: () => ({ origins: [], answersPreflights: false }) };
}

export function pagesOf(origins: AllowedOrigins, hosts: readonly string[]): Access {
  return { hosts, pagesFor: () => ({ origins, answersPreflights: false }) };
}

export function guarded(listener: RequestListener, access: Access, port: () => number): RequestListener {
  return (request, response) => {
    const path = pathOf(request);
    if (path === undefined) {
      sendAnswer(response, jsonAnswer(400, { message: 'The target of the request is malformed.' }));
      return;
    }
    const trusted = { port: port(), hosts: access.hosts, ...access.pagesFor(path) };
    const refusal = refusalOf(sourceOf(request), trusted);
    if (refusal === undefined) listener(request, response);
    else sendAnswer(response, refused(refusal));
  };
}

/** Returns the path as the servers read it, without `..`, or undefined if there is none. */
function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  return URL.canParse(url, BASE) ? new URL(url, BASE).pathname : undefined;
}

function sourceOf({ method = 'GET', headers }: IncomingMessage): RequestSource {
  const { host, origin } = headers;
  return {
    method,
    host,
    origin,
    site: textOf(headers['sec-fetch-site']),
    mode: textOf(headers['sec-fetch-mode']),
    destination: textOf(headers['sec-fetch-dest']),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** An answer that clients of every system behind these servers show as it is. */
function refused(message: string): Answer {
  const answer = jsonAnswer(403, { __type: 'AccessDeniedException', message });
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'x-amzn-errortype': 'AccessDeniedException',
      'x-content-type-options': 'nosniff',
    },
  };
}
