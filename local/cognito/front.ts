/** The front of the Cognito emulator. It behaves like Cognito where the emulator does not. */
import type { IncomingMessage, RequestListener } from 'node:http';
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
    const path = request.url ?? '/';
    if (path.includes('/.well-known/')) {
      if (!path.startsWith(`/${userPoolId}/`))
        return jsonAnswer(404, { message: 'User pool does not exist.' });
      if (path.endsWith('/openid-configuration')) return jsonAnswer(200, discovery(deps.url()));
    }
    const { method = 'GET', headers } = request;
    return deps.emulator({ method, path, headers, body });
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
        // Web apps call Cognito directly, and Cognito allows every origin.
        const headers = { ...answer.headers, 'access-control-allow-origin': '*' };
        sendAnswer(response, { ...answer, headers });
      });
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
