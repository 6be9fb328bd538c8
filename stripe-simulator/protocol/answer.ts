/** HTTP responses, before the server writes them. */

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An injected fault: the server closes the connection (`drop`) or never responds (`hang`). */
  readonly fault?: 'drop' | 'hang';
}

export function jsonAnswer(status: number, value: unknown): Answer {
  const body = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return { status, body, headers: { 'Content-Type': 'application/json' } };
}

/**
 * The pages load only their own stylesheet and script. `form-action` is open, because Chrome applies it to redirects
 * too, and the payment form redirects to the shop.
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/** Returns the page for a frame in a page of another site, where its buttons have no more power than the bank's own. */
export function framed(answer: Answer): Answer {
  const policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", 'frame-ancestors *');
  return { ...answer, headers: { ...answer.headers, 'Content-Security-Policy': policy } };
}

export function htmlAnswer(status: number, body: string): Answer {
  return {
    status,
    body,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
  };
}

/** Redirects a browser after a form. The page is for clients that do not follow the redirect. */
export function redirect(location: string, page?: string): Answer {
  const { headers, body } = page === undefined ? { headers: {}, body: '' } : htmlAnswer(303, page);
  return { status: 303, body, headers: { ...headers, Location: location, 'Cache-Control': 'no-store' } };
}
