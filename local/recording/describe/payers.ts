/** What requests to Stripe and RevenueCat mean: calls of their APIs, and pages that a person opens. */
import type { Lane } from '../../control/contract.ts';
import type { Description } from '../tap.ts';
import type { TappedRequest } from '../tapped.ts';
import { bodyOf, outcomeOf, subjectsIn } from './outcome.ts';

/** Such as `POST /v1/customers`. */
export function callOf({ method, path }: TappedRequest): string {
  return `${method} ${path.split('?')[0] ?? '/'}`;
}

export function payerDescription(lane: Extract<Lane, 'stripe' | 'revenuecat'>): Description {
  return {
    begin(request) {
      const isCall = /^\/v[12]\//.test(request.path);
      // Opening a page changes nothing, and the simulator's own routes are no part of the service.
      if (!isCall && request.method !== 'POST') return 'skip';
      if (/^\/_(simulator|local)/.test(request.path)) return 'skip';
      return { lane, kind: isCall ? 'call' : 'page', title: callOf(request) };
    },
    end(request, answer) {
      const body = bodyOf(request.body, request.headers['content-type']);
      const reply = bodyOf(answer.body, answer.headers['content-type']);
      const id = answer.headers['request-id'];
      return {
        ...outcomeOf(answer),
        note: errorOf(reply),
        subjects: subjectsIn(request.path, body ?? '', ownerOf(reply)),
        externalId: typeof id === 'string' ? id : null,
        request: { path: request.path, headers: request.headers, body },
        answer: { status: answer.status, body: reply },
      };
    },
  };
}

interface Reply {
  readonly id?: unknown;
  readonly customer?: unknown;
  readonly error?: { readonly code?: unknown; readonly type?: unknown; readonly message?: unknown };
}

/** Only whose the record is: a list names other people too. */
function ownerOf(reply: unknown): string {
  const { id, customer } = (reply ?? {}) as Reply;
  return [id, customer].filter((value) => typeof value === 'string').join(' ');
}

function errorOf(reply: unknown): string | null {
  const { error } = (reply ?? {}) as Reply;
  if (error === undefined) return null;
  const name = error.code ?? error.type;
  return typeof name === 'string' ? name : null;
}
