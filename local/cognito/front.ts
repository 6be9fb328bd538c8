/** The front of the Cognito emulator. It behaves like Cognito where the emulator does not. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { type Answer, jsonAnswer, parseJsonObject, readBody, sendAnswer } from '../http/body.ts';
import type { Emulator } from '../http/emulator.ts';
import { CognitoError } from './error.ts';
import { cognitoOperations, type OperationDeps } from './operations.ts';
import { userPoolId } from './pool.ts';

export interface FrontDeps extends OperationDeps {
  readonly emulator: Emulator;
  readonly url: () => string;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const TARGET_HEADER_PATTERN = /^AWSCognitoIdentityProviderService\.(?<operation>[A-Za-z]+)$/;

export function cognitoListener(deps: FrontDeps): RequestListener {
  const operations = cognitoOperations(deps);

  async function answerOperation(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const operation = TARGET_HEADER_PATTERN.exec(String(request.headers['x-amz-target']))?.groups?.[
      'operation'
    ];
    if (operation === undefined || operation.startsWith('Local')) {
      throw new CognitoError('UnknownOperationException', 'Unknown operation');
    }
    const input = parseJsonObject(body);
    if (input === undefined)
      throw new CognitoError('SerializationException', 'The body is not a JSON object');
    const own = operations.get(operation);
    const output = own === undefined ? await deps.backend.call(operation, input) : await own(input);
    return jsonAnswer(200, output, 'application/x-amz-json-1.1');
  }

  async function answerOther(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method = 'GET', headers, url: path = '/' } = request;
    if (method === 'OPTIONS') return preflightAnswer(headers);
    if (path.includes('/.well-known/')) {
      if (!path.startsWith(`/${userPoolId}/`))
        return jsonAnswer(404, { message: 'User pool does not exist.' });
      if (path.endsWith('/openid-configuration')) return jsonAnswer(200, discovery(deps.url()));
      return deps.emulator({ method, path, headers, body });
    }
    // The emulator has sign-in pages, which the deployed pool has not.
    return jsonAnswer(404, { message: 'The pool has no domain, so it has no pages and no OAuth endpoints.' });
  }

  return (request, response) => {
    void (async () => {
      const body = await readBody(request, BODY_LIMIT_BYTES);
      if (body === 'too-large') return jsonAnswer(413, { message: 'Request too large' });
      const isOperation = request.method === 'POST' && request.url === '/';
      return isOperation ? answerOperation(request, body) : answerOther(request, body);
    })()
      .catch(errorAnswer)
      .then((answer) => {
        const headers = { ...answer.headers, ...corsHeaders, 'x-amzn-requestid': randomUUID() };
        sendAnswer(response, { ...answer, headers });
      });
  };
}

/** Web apps call Cognito directly, and Cognito allows every origin. Scripts read the kind of an error from a header. */
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
};

/** Allows every header that a client asks for: SDKs and Amplify add their own, such as `x-amz-user-agent`. */
function preflightAnswer(headers: IncomingHttpHeaders): Answer {
  const asked = headers['access-control-request-headers'];
  return {
    status: 200,
    headers: {
      'access-control-allow-methods': 'POST, GET, OPTIONS',
      'access-control-max-age': '172800',
      ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
    },
    body: '',
  };
}

function discovery(url: string): unknown {
  const issuer = `${url}/${userPoolId}`;
  return {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
  };
}

function errorAnswer(error: unknown): Answer {
  const known = error instanceof CognitoError;
  const type = known ? error.type : 'InternalErrorException';
  const message = error instanceof Error ? error.message : String(error);
  const answer = jsonAnswer(
    known ? error.status : 500,
    { __type: type, message },
    'application/x-amz-json-1.1',
  );
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': `${type}:` } };
}
