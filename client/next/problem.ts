/** What a refusal is to a client that is no page: a problem document (RFC 9457). */
import type { RefusalReason } from './decide.ts';

export const RETRY_AFTER_SECONDS = 5;

/** The answer of a route handler to a refusal, as a problem document (RFC 9457). */
export function problemOf(reason: RefusalReason) {
  const { status, title } = problems[reason];
  return {
    status,
    body: JSON.stringify({ type: 'about:blank', title, status, code: reason }),
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
    },
  };
}

const problems: Readonly<Record<RefusalReason, { readonly status: number; readonly title: string }>> = {
  signed_out: { status: 401, title: 'Sign in first.' },
  expired: { status: 401, title: 'The session has expired. Refresh it.' },
  invalid_token: { status: 401, title: 'The token is not one of this app.' },
  denied: { status: 403, title: 'The plan of this user does not include this.' },
  unavailable: { status: 503, title: 'The access of this user cannot be checked at the moment.' },
};
