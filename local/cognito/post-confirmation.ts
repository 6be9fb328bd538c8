/** Calls the post-confirmation function as Cognito does: 5 seconds, three attempts, and an error fails the API call. */
import { isJsonObject } from '../http/body.ts';
import { parentHeaders } from '../recording/context.ts';
import type { PoolUser } from './backend.ts';
import { CognitoError } from './error.ts';
import { CLIENT_ID, REGION, userPoolId } from './pool.ts';

export type TriggerSource = 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword';

export interface Confirmation {
  readonly source: TriggerSource;
  readonly user: Pick<PoolUser, 'username' | 'status' | 'attributes'>;
  readonly clientMetadata?: unknown;
  /** True if an administrator confirmed the user. The event then has no app client. */
  readonly byAdministrator?: boolean;
}

export type ConfirmationTrigger = (confirmation: Confirmation) => Promise<void>;

export interface TriggerOptions {
  /** The base URL of Lambda's Invoke API. */
  readonly lambdaUrl: string;
  readonly functionName: string;
  readonly timeoutMs: number;
}

export const TRIGGER_TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 3;

export function confirmationTrigger(options: TriggerOptions): ConfirmationTrigger {
  const url = `${options.lambdaUrl}/2015-03-31/functions/${options.functionName}/invocations`;
  return async (confirmation) => {
    const event = eventOf(confirmation);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const outcome = await invoke(url, event, options.timeoutMs);
      if (outcome.kind === 'failed') {
        throw new CognitoError(
          'UserLambdaValidationException',
          `PostConfirmation failed with error ${outcome.message}.`,
        );
      }
      if (outcome.kind === 'answered') {
        if (isAnswerTo(event, outcome.answer)) return;
        throw new CognitoError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
      }
    }
    throw new CognitoError(
      'UnexpectedLambdaException',
      'PostConfirmation invocation failed due to error Socket timeout while invoking Lambda function.',
    );
  };
}

type Outcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'no-answer' };

async function invoke(url: string, event: unknown, timeoutMs: number): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(event),
      headers: parentHeaders(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer: unknown = await response.json();
    if (response.status === 200 && !response.headers.has('x-amz-function-error')) {
      return { kind: 'answered', answer };
    }
    // The function's own timeout is as long as Cognito's. Whichever ends first, the function has not answered.
    if (isJsonObject(answer) && answer['errorType'] === 'Sandbox.Timedout') return { kind: 'no-answer' };
    const message = isJsonObject(answer) ? (answer['errorMessage'] ?? answer['message']) : undefined;
    return { kind: 'failed', message: String(message) };
  } catch {
    return { kind: 'no-answer' };
  }
}

interface TriggerEvent {
  readonly [field: string]: unknown;
}

function eventOf({ source, user, clientMetadata, byAdministrator = false }: Confirmation): TriggerEvent {
  return {
    version: '1',
    region: REGION,
    userPoolId,
    userName: user.username,
    callerContext: {
      awsSdkVersion: 'aws-sdk-unknown-unknown',
      clientId: byAdministrator ? 'CLIENT_ID_NOT_APPLICABLE' : CLIENT_ID,
    },
    triggerSource: source,
    request: {
      userAttributes: {
        email_verified: 'false',
        ...user.attributes,
        'cognito:user_status': user.status,
      },
      ...(clientMetadata === undefined ? {} : { clientMetadata }),
    },
    response: {},
  };
}

/** Returns whether the function returned its event, as Cognito requires. The content of `response` is ignored. */
function isAnswerTo(event: TriggerEvent, answer: unknown): boolean {
  if (!isJsonObject(answer) || !isJsonObject(answer['request'])) return false;
  return ['version', 'userPoolId', 'userName', 'triggerSource'].every(
    (field) => answer[field] === event[field],
  );
}
