/** HTTP responses, before the server writes them. */

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An injected fault: the server closes the connection without a response. */
  readonly fault?: 'drop';
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value, null, 2), headers: { 'Content-Type': 'application/json' } };
}

export function htmlAnswer(status: number, body: string): Answer {
  return {
    status,
    body,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // The page uses no scripts and loads nothing from other origins.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    },
  };
}

export function redirect(location: string): Answer {
  return { status: 303, body: '', headers: { Location: location, 'Cache-Control': 'no-store' } };
}

export const droppedAnswer: Answer = { status: 0, body: '', headers: {}, fault: 'drop' };
