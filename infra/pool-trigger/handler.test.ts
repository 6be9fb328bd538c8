import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSettingsServer, type SettingsServer } from '../../tests/infra/cognito-settings.ts';
import { samplePool } from '../../tests/infra/sample-pool.ts';
import {
  createHandler,
  type TriggerProperties,
  type TriggerRequest,
  type TriggerResponse,
} from './handler.ts';
import { createPoolSettings } from './pool-settings.ts';

const ours = 'arn:aws:lambda:us-east-1:123456789012:function:predixa-prod-post-confirmation';
const theirs = 'arn:aws:lambda:us-east-1:123456789012:function:welcome';

let cognito: SettingsServer;
let client: CognitoIdentityProviderClient;

beforeEach(async () => {
  cognito = await openSettingsServer(asAnswered(samplePool));
  client = new CognitoIdentityProviderClient({
    endpoint: cognito.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return async () => {
    client.destroy();
    await cognito.close();
  };
});

/** Cognito tells times in seconds. */
function asAnswered(pool: object): Record<string, unknown> {
  const entries = Object.entries(pool).map(([key, value]: [string, unknown]) => [
    key,
    value instanceof Date ? value.getTime() / 1_000 : value,
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, unknown>;
}

const properties: TriggerProperties = { UserPoolId: 'us-east-1_Abc123xyz', FunctionArn: ours };

const common = {
  ResponseURL: 'https://cloudformation.example.com/answer',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'PoolTrigger',
  ResourceProperties: properties,
};
const id = 'post-confirmation-of-us-east-1_Abc123xyz';
const create: TriggerRequest = { ...common, RequestType: 'Create' };
const remove: TriggerRequest = { ...common, RequestType: 'Delete', PhysicalResourceId: id };

async function answerTo(request: TriggerRequest): Promise<TriggerResponse> {
  const answers: [string, TriggerResponse][] = [];
  const handler = createHandler({
    settings: createPoolSettings(client),
    answer: async (url, answer) => void answers.push([url, answer]),
    log: () => undefined,
  });
  await handler(request);
  expect(answers.map(([url]) => url)).toEqual(['https://cloudformation.example.com/answer']);
  return (answers[0] as [string, TriggerResponse])[1];
}

function triggersOfThePool(): unknown {
  return cognito.pool?.['LambdaConfig'];
}

function callsAfterSignUp(functionArn: string): void {
  cognito.pool = { ...cognito.pool, LambdaConfig: { PostConfirmation: functionArn } };
}

describe('the trigger of an existing pool', () => {
  it('is set, and every other setting is what it was', async () => {
    const before = cognito.pool;
    expect(await answerTo(create)).toEqual({
      Status: 'SUCCESS',
      Reason: 'Changed.',
      PhysicalResourceId: id,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'PoolTrigger',
    });
    expect(cognito.pool).toEqual({
      ...before,
      LambdaConfig: { ...samplePool.LambdaConfig, PostConfirmation: ours },
      AdminCreateUserConfig: {
        AllowAdminCreateUserOnly: true,
        InviteMessageTemplate: samplePool.AdminCreateUserConfig?.InviteMessageTemplate,
      },
      UserPoolTags: { team: 'shop' },
    });
  });

  it('moves with the function, and stays one resource, which nobody clears up after', async () => {
    callsAfterSignUp(theirs);
    const OldResourceProperties = { ...properties, FunctionArn: theirs };
    const moved = await answerTo({
      ...common,
      RequestType: 'Update',
      PhysicalResourceId: id,
      OldResourceProperties,
    });
    expect(moved).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(triggersOfThePool()).toEqual({ PostConfirmation: ours });
  });

  it("never takes the place of somebody else's, and names it", async () => {
    callsAfterSignUp(theirs);
    const { Status, Reason } = await answerTo(create);
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining(theirs)]);
    expect(cognito.updates).toEqual([]);
  });

  it("takes the place of somebody else's where that is configured", async () => {
    callsAfterSignUp(theirs);
    const ResourceProperties = { ...properties, ReplaceTrigger: 'true' };
    expect((await answerTo({ ...create, ResourceProperties })).Status).toBe('SUCCESS');
    expect(triggersOfThePool()).toEqual({ PostConfirmation: ours });
  });

  it('is taken off with the stack, and nothing else is', async () => {
    await answerTo(create);
    expect((await answerTo(remove)).Status).toBe('SUCCESS');
    expect(triggersOfThePool()).toEqual(samplePool.LambdaConfig);
  });

  it('is left alone by a stack that goes if somebody has set another since', async () => {
    callsAfterSignUp(theirs);
    expect((await answerTo(remove)).Status).toBe('SUCCESS');
    expect(cognito.updates).toEqual([]);
  });

  it('is merged anew into what somebody else wrote at the same time', async () => {
    cognito.refusals.push('ConcurrentModificationException');
    expect((await answerTo(create)).Status).toBe('SUCCESS');
    expect(cognito.updates).toHaveLength(1);
  });

  it('fails, and does not go on for ever, while somebody else keeps writing', async () => {
    cognito.refusals.push(...Array.from({ length: 3 }, () => 'ConcurrentModificationException'));
    expect((await answerTo(create)).Status).toBe('FAILED');
  });

  it.each([
    { settings: { NewSetting: { On: true } }, path: 'NewSetting' },
    { settings: { LambdaConfig: { NewTrigger: theirs } }, path: 'LambdaConfig.NewTrigger' },
  ])(
    'is not set where that would reset what this version does not know: $path',
    async ({ settings, path }) => {
      cognito.pool = { ...cognito.pool, ...settings };
      const { Status, Reason } = await answerTo(create);
      expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining(path)]);
      expect(cognito.updates).toEqual([]);
    },
  );

  it('is set although Cognito tells of something that it is not set', async () => {
    cognito.pool = { ...cognito.pool, NewSetting: null };
    expect((await answerTo(create)).Status).toBe('SUCCESS');
  });

  it('cannot be set in a pool that is not there, and need not be taken off it', async () => {
    cognito.pool = undefined;
    expect([(await answerTo(create)).Status, (await answerTo(remove)).Status]).toEqual(['FAILED', 'SUCCESS']);
  });

  it('answers CloudFormation in words when Cognito refuses', async () => {
    cognito.refusals.push('InvalidParameterException');
    const { Status, Reason } = await answerTo(create);
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('InvalidParameterException')]);
  });
});
