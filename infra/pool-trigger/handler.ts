/** What CloudFormation asks of the trigger of an existing pool: set it, move it, take it off. */
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

/** What is asked for, whoever asks. */
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
  readonly answer: (url: string, answer: TriggerResponse) => Promise<void>;
  readonly log: (line: object) => void;
}

/** Somebody else may write at the same time; what they wrote is then read anew. */
const ATTEMPTS = 3;

/** Answers whatever happens: CloudFormation waits for it. */
export function createHandler({ settings, answer, log }: HandlerServices) {
  return async (request: TriggerRequest): Promise<void> => {
    const outcome = await changeTrigger(settings, request);
    log({ level: outcome.status === 'SUCCESS' ? 'info' : 'error', request: request.RequestType, ...outcome });
    await answer(request.ResponseURL, {
      Status: outcome.status,
      // CloudFormation takes an answer of 4 KB.
      Reason: outcome.reason.slice(0, 1_000),
      // Of the pool alone: another function is a change of it, and no reason to clear the pool afterwards.
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

/** Never throws: what went wrong is the outcome's reason. */
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
    if (change.kind === 'unchanged') return { status: 'SUCCESS', reason: 'Nothing had to be changed.' };
    if (change.kind === 'taken') return taken(change.functionArn);
    if ((await settings.write(change.request)) === 'written')
      return { status: 'SUCCESS', reason: 'Changed.' };
  }
  return { status: 'FAILED', reason: 'The pool is being changed by somebody else.' };
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
    ? { status: 'SUCCESS', reason: 'The pool is gone, and the trigger with it.' }
    : { status: 'FAILED', reason: `There is no pool ${request.ResourceProperties.UserPoolId}.` };
}

function taken(functionArn: string): Outcome {
  return {
    status: 'FAILED',
    reason: `After a sign-up the pool calls ${functionArn} already. Have that function call ours, or set pool.replaceTrigger.`,
  };
}
