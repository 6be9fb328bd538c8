/** What requests to the API mean. The pages and the control API of the local cloud are no work of the product. */
import type { Description } from '../tap.ts';
import { bodyOf, outcomeOf, subjectsIn } from './outcome.ts';

const INVOCATIONS = '/2015-03-31/functions/';
const pages = new Set(['/', '/console.js', '/console.css', '/docs', '/openapi.json', '/favicon.ico']);
/** The payers' deliveries have spans of their own, which begin before the request arrives. */
const deliveries = new Set(['/stripe/webhook', '/revenuecat/webhook']);

export const apiDescription: Description = {
  begin({ method, path, headers }) {
    const [route = '/'] = path.split('?');
    const isOurs =
      route.startsWith('/_local/') || route.startsWith('/docs/') || route.startsWith(INVOCATIONS);
    const isPage = method === 'GET' && pages.has(route);
    const isDelivery =
      deliveries.has(route) && String(headers['user-agent']).match(/^(Stripe|RevenueCat)/) !== null;
    if (isOurs || isPage || isDelivery || method === 'OPTIONS') return 'skip';
    return { lane: 'app', kind: 'request', title: `${method} ${route}` };
  },
  end({ method, path, headers, body }, answer) {
    const request = bodyOf(body, headers['content-type']);
    const reply = bodyOf(answer.body, answer.headers['content-type']);
    const id = answer.headers['apigw-requestid'] ?? answer.headers['x-amzn-requestid'];
    return {
      ...outcomeOf(answer),
      note: noteOf(reply),
      subjects: [...subjectOfToken(headers.authorization), ...subjectsIn(request ?? '')],
      externalId: typeof id === 'string' ? id : null,
      request: { method, path, headers, body: request },
      answer: { status: answer.status, body: reply },
    };
  },
};

/** The code of a problem, which says more than the status. */
function noteOf(reply: unknown): string | null {
  const code = (reply as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : null;
}

/** The user of a token, without a check: the authorizer makes that. */
function subjectOfToken(authorization: string | undefined): readonly string[] {
  const payload = /^Bearer [^.]+\.(?<payload>[^.]+)\./.exec(authorization ?? '')?.groups?.['payload'];
  if (payload === undefined) return [];
  return subjectsIn(Buffer.from(payload, 'base64url').toString()).slice(0, 1);
}
