import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSettingsServer, type SettingsServer } from '../tests/infra/cognito-settings.ts';
import { scriptRunner } from '../tests/support/run-script.ts';

const Id = 'us-east-1_Abc123xyz';
const ours = 'arn:aws:lambda:us-east-1:123456789012:function:predixa-dev-post-confirmation';
const others = { PreSignUp: 'arn:aws:lambda:us-east-1:123456789012:function:vet' };

let cognito: SettingsServer;
beforeEach(async () => {
  cognito = await openSettingsServer({ Id, Name: 'people', LambdaConfig: others, MfaConfiguration: 'OFF' });
});
afterEach(() => cognito.close());

function poolTrigger(...args: readonly string[]) {
  const env = {
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  return scriptRunner(new URL('pool-trigger.ts', import.meta.url), { cwd: tmpdir(), env })(...args);
}

const named = ['--stage', 'dev', '--account', '123456789012', '--pool', Id];

it('The command adds the trigger to a pool and removes it again without other changes', async () => {
  expect(await poolTrigger(...named)).toEqual({ code: 0, text: 'The trigger is changed.\n' });
  expect(cognito.pool).toMatchObject({
    Name: 'people',
    MfaConfiguration: 'OFF',
    LambdaConfig: { ...others, PostConfirmation: ours },
  });
  expect(await poolTrigger(...named)).toEqual({ code: 0, text: 'The trigger needs no change.\n' });
  expect(await poolTrigger(...named, '--remove')).toEqual({ code: 0, text: 'The trigger is changed.\n' });
  expect(cognito.pool?.['LambdaConfig']).toEqual(others);
});

it('The command replaces another trigger only with --replace', async () => {
  cognito.pool = {
    ...cognito.pool,
    LambdaConfig: { PostConfirmation: 'arn:aws:lambda:us-east-1:123456789012:function:theirs' },
  };
  const refused = await poolTrigger(...named);
  expect(refused).toMatchObject({
    code: 1,
    text: expect.stringContaining('already calls arn:aws:lambda:us-east-1:123456789012:function:theirs'),
  });
  expect((await poolTrigger(...named, '--replace')).code).toBe(0);
  expect(cognito.pool?.['LambdaConfig']).toEqual({ PostConfirmation: ours });
});

it.each([
  [[], '--stage is missing'],
  [['--stage', 'dev'], '--account must be the AWS account id, twelve digits'],
  [['--stage', 'dev', '--account', '123456789012'], 'infra/config.ts names no pool'],
  [
    ['--stage', 'dev', '--account', '123456789012', '--pool', 'eu-west-1_x'],
    'is not a user pool in us-east-1',
  ],
  [['--stage', 'moon', '--account', '123456789012'], '--stage must be one of dev, prod'],
])('The command reports wrong arguments in one line: %j', async (args, line) => {
  const { code, text } = await poolTrigger(...args);
  expect(code).toBe(1);
  expect(text).toContain(line);
  expect(text.trim().split('\n')).toHaveLength(1);
});
