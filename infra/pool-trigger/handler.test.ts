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
  cognito = await openSettingsServer(asJson(samplePool));
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

/** Converts a pool to its JSON form, in which Cognito sends times in seconds. */
function asJson(pool: object): Record<string, unknown> {
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

async function responseTo(request: TriggerRequest): Promise<TriggerResponse> {
  const responses: [string, TriggerResponse][] = [];
  const handler = createHandler({
    settings: createPoolSettings(client),
    respond: async (url, response) => void responses.push([url, response]),
    log: () => undefined,
  });
  await handler(request);
  expect(responses.map(([url]) => url)).toEqual(['https://cloudformation.example.com/answer']);
  return (responses[0] as [string, TriggerResponse])[1];
}

function currentTriggers(): unknown {
  return cognito.pool?.['LambdaConfig'];
}

function setCurrentTrigger(functionArn: string): void {
  cognito.pool = { ...cognito.pool, LambdaConfig: { PostConfirmation: functionArn } };
}

describe('The trigger of an existing pool', () => {
  it('is added without changing any other setting', async () => {
    const before = cognito.pool;
    expect(await responseTo(create)).toEqual({
      Status: 'SUCCESS',
      Reason: 'The trigger is changed.',
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

  it('is updated in place when the function changes, so CloudFormation deletes nothing', async () => {
    setCurrentTrigger(theirs);
    const OldResourceProperties = { ...properties, FunctionArn: theirs };
    const moved = await responseTo({
      ...common,
      RequestType: 'Update',
      PhysicalResourceId: id,
      OldResourceProperties,
    });
    expect(moved).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(currentTriggers()).toEqual({ PostConfirmation: ours });
  });

  it("never replaces another application's trigger, and names it in the failure", async () => {
    setCurrentTrigger(theirs);
    const { Status, Reason } = await responseTo(create);
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining(theirs)]);
    expect(cognito.updates).toEqual([]);
  });

  it("replaces another application's trigger if that is configured", async () => {
    setCurrentTrigger(theirs);
    const ResourceProperties = { ...properties, ReplaceTrigger: 'true' };
    expect((await responseTo({ ...create, ResourceProperties })).Status).toBe('SUCCESS');
    expect(currentTriggers()).toEqual({ PostConfirmation: ours });
  });

  it('is the only setting removed when the stack is deleted', async () => {
    await responseTo(create);
    expect((await responseTo(remove)).Status).toBe('SUCCESS');
    expect(currentTriggers()).toEqual(samplePool.LambdaConfig);
  });

  it('is not removed with the stack if another trigger has replaced it', async () => {
    setCurrentTrigger(theirs);
    expect((await responseTo(remove)).Status).toBe('SUCCESS');
    expect(cognito.updates).toEqual([]);
  });

  it('is merged again after a conflicting update by someone else', async () => {
    cognito.refusals.push('ConcurrentModificationException');
    expect((await responseTo(create)).Status).toBe('SUCCESS');
    expect(cognito.updates).toHaveLength(1);
  });

  it('fails after three conflicting updates instead of retrying forever', async () => {
    cognito.refusals.push(...Array.from({ length: 3 }, () => 'ConcurrentModificationException'));
    expect((await responseTo(create)).Status).toBe('FAILED');
  });

  it.each([
    { settings: { NewSetting: { On: true } }, path: 'NewSetting' },
    { settings: { LambdaConfig: { NewTrigger: theirs } }, path: 'LambdaConfig.NewTrigger' },
  ])(
    'is not added if that would reset a setting unknown to this version: $path',
    async ({ settings, path }) => {
      cognito.pool = { ...cognito.pool, ...settings };
      const { Status, Reason } = await responseTo(create);
      expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining(path)]);
      expect(cognito.updates).toEqual([]);
    },
  );

  it('is added although Cognito returns an unknown setting with the value null', async () => {
    cognito.pool = { ...cognito.pool, NewSetting: null };
    expect((await responseTo(create)).Status).toBe('SUCCESS');
  });

  it('cannot be added to a missing pool, and its removal from a missing pool succeeds', async () => {
    cognito.pool = undefined;
    expect([(await responseTo(create)).Status, (await responseTo(remove)).Status]).toEqual([
      'FAILED',
      'SUCCESS',
    ]);
  });

  it("reports Cognito's error name to CloudFormation", async () => {
    cognito.refusals.push('InvalidParameterException');
    const { Status, Reason } = await responseTo(create);
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('InvalidParameterException')]);
  });
});
