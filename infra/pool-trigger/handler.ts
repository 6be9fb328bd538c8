/** Handles CloudFormation's requests for the trigger of an existing pool: add, replace or remove it. */
import { type Addition, type Change, withoutTrigger, withTrigger } from './merge.ts';
import type { PoolSettings } from './pool-settings.ts';

export interface TriggerProperties {
  readonly UserPoolId: string;
  readonly FunctionArn: string;
  readonly ReplaceTrigger?: string;
}

interface Common {
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceProperties: TriggerProperties;
}

export type TriggerRequest = Common &
  (
    | { readonly RequestType: 'Create' }
    | {
        readonly RequestType: 'Update';
        readonly PhysicalResourceId: string;
        readonly OldResourceProperties: TriggerProperties;
      }
    | { readonly RequestType: 'Delete'; readonly PhysicalResourceId: string }
  );

/** The requested change, from CloudFormation or from `npm run pool:trigger`. */
export type TriggerCommand =
  | { readonly RequestType: 'Create' | 'Delete'; readonly ResourceProperties: TriggerProperties }
  | Pick<
      Extract<TriggerRequest, { RequestType: 'Update' }>,
      'RequestType' | 'ResourceProperties' | 'OldResourceProperties'
    >;

export interface TriggerResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

export interface HandlerServices {
  readonly settings: PoolSettings;
  readonly respond: (url: string, response: TriggerResponse) => Promise<void>;
  readonly log: (line: object) => void;
}

/** After a conflicting write by someone else, the pool is read again. */
const ATTEMPTS = 3;

/** Creates the handler. It responds in every case, because CloudFormation waits for a response. */
export function createHandler({ settings, respond, log }: HandlerServices) {
  return async (request: TriggerRequest): Promise<void> => {
    const outcome = await changeTrigger(settings, request);
    log({ level: outcome.status === 'SUCCESS' ? 'info' : 'error', request: request.RequestType, ...outcome });
    await respond(request.ResponseURL, {
      Status: outcome.status,
      // CloudFormation limits a response to 4 KB.
      Reason: outcome.reason.slice(0, 1_000),
      // The id depends only on the pool. A new function then is an update, after which CloudFormation deletes nothing.
      PhysicalResourceId: `post-confirmation-of-${request.ResourceProperties.UserPoolId}`,
      StackId: request.StackId,
      RequestId: request.RequestId,
      LogicalResourceId: request.LogicalResourceId,
    });
  };
}

export interface Outcome {
  readonly status: TriggerResponse['Status'];
  readonly reason: string;
}

/** Changes the trigger. Never throws: the outcome's reason describes a failure. */
export function changeTrigger(settings: PoolSettings, command: TriggerCommand): Promise<Outcome> {
  return applyChange(settings, command).catch((error: unknown) => ({
    status: 'FAILED' as const,
    reason: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
  }));
}

async function applyChange(settings: PoolSettings, request: TriggerCommand): Promise<Outcome> {
  const { UserPoolId } = request.ResourceProperties;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const pool = await settings.read(UserPoolId);
    if (pool === undefined) return withoutPool(request);
    const change = changeFor(request, pool);
    if (change.kind === 'unchanged') return { status: 'SUCCESS', reason: 'The trigger needs no change.' };
    if (change.kind === 'taken') return taken(change.functionArn);
    if ((await settings.write(change.request)) === 'written')
      return { status: 'SUCCESS', reason: 'The trigger is changed.' };
  }
  return { status: 'FAILED', reason: 'Another process keeps changing the pool. Try again later.' };
}

function changeFor(request: TriggerCommand, pool: Parameters<typeof withTrigger>[0]): Change {
  const { FunctionArn } = request.ResourceProperties;
  if (request.RequestType === 'Delete') return withoutTrigger(pool, FunctionArn);
  const addition: Addition = {
    functionArn: FunctionArn,
    replaces: request.RequestType === 'Update' ? [request.OldResourceProperties.FunctionArn] : [],
    replacesAny: request.ResourceProperties.ReplaceTrigger === 'true',
  };
  return withTrigger(pool, addition);
}

function withoutPool(request: TriggerCommand): Outcome {
  return request.RequestType === 'Delete'
    ? { status: 'SUCCESS', reason: 'The pool does not exist, so there is no trigger to remove.' }
    : { status: 'FAILED', reason: `There is no user pool ${request.ResourceProperties.UserPoolId}.` };
}

function taken(functionArn: string): Outcome {
  return {
    status: 'FAILED',
    reason: `The pool already calls ${functionArn} after sign-up. Call our function from there, or set pool.replaceTrigger.`,
  };
}
