/** What goes back over the wire. */

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** instead of the answer the connection is cut, or nothing comes at all */
  readonly fault?: 'drop' | 'hang';
}

export function jsonAnswer(status: number, value: unknown): Answer {
  const body = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return { status, body, headers: { 'Content-Type': 'application/json' } };
}

export function htmlAnswer(status: number, body: string): Answer {
  return {
    status,
    body,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // The pages need neither scripts nor anything from elsewhere.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    },
  };
}

export function redirect(location: string): Answer {
  return { status: 303, body: '', headers: { Location: location, 'Cache-Control': 'no-store' } };
}
