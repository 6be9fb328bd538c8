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

export function htmlAnswer(status: number, body: string): Answer {
  return {
    status,
    body,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // The pages use no scripts and load nothing from other origins.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    },
  };
}

export function redirect(location: string): Answer {
  return { status: 303, body: '', headers: { Location: location, 'Cache-Control': 'no-store' } };
}
