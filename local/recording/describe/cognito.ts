/** What requests to Cognito mean. */
import { parseJsonObject } from '../../http/body.ts';
import type { Description } from '../tap.ts';
import type { TappedRequest } from '../tapped.ts';
import { outcomeOf, subjectsIn } from './outcome.ts';

const reads = new Set(['AdminGetUser', 'GetUser', 'ListUsers', 'DescribeUserPool', 'DescribeUserPoolClient']);

export function cognitoOperation({ headers }: TappedRequest): string {
  return String(headers['x-amz-target'] ?? '').split('.')[1] ?? 'request';
}

export const cognitoDescription: Description = {
  begin(request) {
    if (request.method !== 'POST') return 'skip';
    const operation = cognitoOperation(request);
    return { lane: 'cognito', kind: reads.has(operation) ? 'read' : 'call', title: operation };
  },
  end(request, answer) {
    const input = parseJsonObject(request.body) ?? {};
    const output = parseJsonObject(answer.body) ?? {};
    const error = typeof output['__type'] === 'string' ? output['__type'] : null;
    return {
      ...outcomeOf(answer),
      note: error ?? (typeof input['AuthFlow'] === 'string' ? input['AuthFlow'] : null),
      subjects: subjectsIn(
        input['Username'] ?? '',
        output['UserSub'] ?? '',
        tokenPayload(input['AccessToken']),
      ),
      request: input,
      answer: output,
    };
  },
};

function tokenPayload(token: unknown): string {
  if (typeof token !== 'string') return '';
  const payload = token.split('.')[1] ?? '';
  return /"sub":"([^"]+)"/.exec(Buffer.from(payload, 'base64url').toString())?.[1] ?? '';
}
