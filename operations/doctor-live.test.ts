import { tmpdir } from 'node:os';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { functionNames } from '../contract/functions.ts';
import { handledEventTypes } from '../contract/stripe-events.ts';
import { stages } from '../infra/config.ts';
import { createLocalCloud, type LocalCloud } from '../local/cloud.ts';
import { type AwsCommand, openAwsCommand } from '../tests/support/aws-cli.ts';
import * as account from '../tests/support/aws-stage.ts';
import { type Front, inFront, type Reply } from '../tests/support/in-front.ts';
import { scriptRunner } from '../tests/support/run-script.ts';
import { type SecretsManager, serveSecrets } from '../tests/support/secrets-manager.ts';
import { useStage } from './cli/stage.ts';
import { authorizer, webhook } from './doctor/edge-checks.ts';
import { type Check, examine } from './doctor/finding.ts';
import { liveInstallation } from './doctor/live.ts';
import { endpoint, stripeKey, trialKey } from './doctor/stripe-checks.ts';
import { roles, tables, trigger, variables } from './doctor/systems-checks.ts';
import { fingerprintOf } from './webhook/secrets.ts';

const { users, entitlements } = stages.dev.tables;
const repair = 'npm run deploy -- --stage dev --revert-drift';
const region = '--region us-east-1';

let cloud: LocalCloud;
let aws: AwsCommand;
let manager: SecretsManager;
let stripe: Stripe;
let endpointId: string;
const fronts: Front[] = [];
const kept = new Map<string, string>();
let environment: Record<string, string>;
let poolId: string;

/** What the emulators do not know, as AWS tells it. */
const protection = { recovery: 'ENABLED', deletion: true };
let calls: string | undefined;

function protectedTables(target: string, reply: Reply): Reply {
  if (target === 'DescribeContinuousBackups') {
    const PointInTimeRecoveryDescription = { PointInTimeRecoveryStatus: protection.recovery };
    const ContinuousBackupsDescription = {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription,
    };
    return { status: 200, body: { ContinuousBackupsDescription } };
  }
  const table = reply.body['Table'];
  if (typeof table !== 'object') return reply;
  return { ...reply, body: { Table: { ...table, DeletionProtectionEnabled: protection.deletion } } };
}

function poolWithTrigger(target: string, reply: Reply): Reply {
  const pool = reply.body['UserPool'];
  if (target !== 'DescribeUserPool' || typeof pool !== 'object') return reply;
  const LambdaConfig = calls === undefined ? {} : { PostConfirmation: calls };
  return { ...reply, body: { UserPool: { ...pool, LambdaConfig } } };
}

beforeAll(async () => {
  [cloud, aws, manager] = await Promise.all([
    createLocalCloud({
      ephemeral: true,
      ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0 },
      tables: { users: users.name, entitlements: entitlements.name },
    }),
    openAwsCommand(),
    serveSecrets(kept),
  ]);
  fronts.push(
    await inFront(cloud.urls.dynamodb, { aws: protectedTables }),
    await inFront(cloud.urls.cognito, { aws: poolWithTrigger }),
  );
  poolId = cloud.ids.userPoolId;
  environment = {
    PATH: `${aws.directory}:${process.env['PATH'] ?? ''}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: fronts[0]?.url ?? '',
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: fronts[1]?.url ?? '',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
  };
  Object.assign(process.env, environment);
  // Another region in the shell must not lead to another installation.
  process.env['AWS_REGION'] = 'eu-central-1';
  const { hostname: host, port } = new URL(cloud.urls.stripe);
  const at = { host, port: Number(port), protocol: 'http', telemetry: false } as const;
  stripe = new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', at);
  endpointId = (await stripe.webhookEndpoints.list()).data[0]?.id ?? '';
}, 60_000);
beforeEach(async () => {
  Object.assign(protection, { recovery: 'ENABLED', deletion: true });
  calls = account.triggerArn;
  manager.refuse(undefined);
  kept.set(account.secretArn('stripeApiKey'), cloud.env['STRIPE_API_KEY'] ?? '');
  kept.set(account.secretArn('stripeWebhookSecret'), cloud.env['STRIPE_WEBHOOK_SECRET'] ?? '');
  kept.set(account.secretArn('trialHashKey'), 'a-hash-key-of-more-than-thirty-two-characters');
  await account.deploy(aws, { apiUrl: cloud.urls.api, poolId, environment: deployedEnvironment() });
});
afterAll(async () => {
  for (const front of fronts) front.close();
  await Promise.all([aws.close(), manager.close(), cloud.close()]);
});

function deployedEnvironment(): Record<string, string> {
  return { STRIPE_API_BASE: cloud.urls.stripe, CHECKOUT_PRICES: 'pro_monthly,pro_yearly', TRIAL_DAYS: '7' };
}

/** What one check says of the stage, as the command tells it. */
async function says(check: Check): Promise<readonly (readonly [string, string])[]> {
  const [finding] = await examine(liveInstallation(useStage('dev')), [check]);
  return (finding?.problems ?? []).map(({ what, fix }) => [what, fix] as const);
}

function doctor(changes: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const env = { ...environment, ...changes };
  return scriptRunner(new URL('doctor.ts', import.meta.url), { cwd: tmpdir(), env })(
    '--stage',
    'dev',
    ...args,
  );
}

describe('npm run doctor -- --stage dev', () => {
  it('finds nothing wrong with a stage as it was deployed, and shows no secret', async () => {
    const { code, text } = await doctor({});
    expect(text).not.toContain('✗');
    expect(text.match(/^✓ /gm)).toHaveLength(12);
    expect(code).toBe(0);
    for (const secret of kept.values()) expect(text).not.toContain(secret);
  });

  it.each([
    [
      'The AWS credentials of this shell have expired: aws sso login, or take new ones',
      'An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token is expired',
    ],
    [
      'The AWS credentials of this shell have expired: aws sso login, or take new ones',
      'Error when retrieving token from sso: Token has expired and refresh failed',
    ],
    [
      'AWS does not take the credentials of this shell (no credentials): aws sts get-caller-identity tells more',
      'Unable to locate credentials. You can configure credentials by running "aws configure".',
    ],
    [
      'AWS does not take the credentials of this shell (InvalidClientTokenId): aws sts get-caller-identity tells more',
      'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token is invalid.',
    ],
  ])('%s', async (line, stderr) => {
    await aws.fails('sts get-caller-identity', stderr);
    expect(await doctor({})).toEqual({ code: 1, text: `${line}\n` });
  });

  it('says that the AWS CLI is missing', async () => {
    const bare = await doctor({ PATH: tmpdir() });
    expect(bare).toEqual({
      code: 1,
      text: 'The AWS CLI is not installed: https://aws.amazon.com/cli/\n',
    });
  });

  it('says that a stage is not deployed, or not by CDK', async () => {
    await aws.fails(
      'cloudformation describe-stacks predixa-accounts-dev',
      'An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id predixa-accounts-dev does not exist',
    );
    expect((await doctor({})).text).toBe(
      'There is no stack predixa-accounts-dev. Deployed without CDK: name the API with --api-url.\n',
    );
    const named = await doctor({}, '--api-url', `${cloud.urls.api}/`);
    expect(named.text).not.toContain('✗');
    for (const name of functionNames) await aws.forgets(account.configurationOf(name));
    expect((await doctor({})).text).toBe(
      'Stage dev is not deployed in us-east-1: npm run deploy -- --stage dev\n',
    );
  });
});

describe('functions and tables', () => {
  it('a function that is gone, and nothing else for it', async () => {
    await aws.forgets(account.configurationOf('stripe-webhook'));
    expect(await says(variables)).toEqual([['there is no function stripe-webhook', repair]]);
    for (const check of [roles, stripeKey, webhook, tables]) expect(await says(check)).toEqual([]);
  });

  it('a function that works on another table than the rest', async () => {
    const other = { ...deployedEnvironment(), USERS_TABLE: 'Elsewhere', STRIPE_API_KEY: 'sk_test_x' };
    await aws.answers(
      account.configurationOf('billing-portal'),
      account.configuration('billing-portal', other),
    );
    expect(await says(variables)).toContainEqual(['USERS_TABLE is not the same for every function', repair]);
  });

  it('tables that nothing protects, with the commands that do', async () => {
    Object.assign(protection, { recovery: 'DISABLED', deletion: false });
    const found = await says(tables);
    expect(found).toHaveLength(4);
    expect(found.slice(0, 2)).toEqual([
      [
        `table ${users.name} has no point-in-time recovery`,
        `aws dynamodb update-continuous-backups --table-name ${users.name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true ${region}`,
      ],
      [
        `table ${users.name} can be deleted by accident`,
        `aws dynamodb update-table --table-name ${users.name} --deletion-protection-enabled ${region}`,
      ],
    ]);
  });
});

describe('the trigger', () => {
  it('that is another function, or none', async () => {
    calls = 'arn:aws:lambda:us-east-1:123456789012:function:somebody-elses';
    expect(await says(trigger)).toEqual([
      ['the pool calls somebody-elses after sign-up, and not predixa-dev-post-confirmation', repair],
    ]);
    calls = undefined;
    expect(await says(trigger)).toEqual([
      ['the pool calls nothing after sign-up, and not predixa-dev-post-confirmation', repair],
    ]);
  });

  it('that the pool may not call: no permission, or one for another pool', async () => {
    const told = [
      [
        'predixa-dev-post-confirmation does not let the pool call it',
        `aws lambda add-permission --function-name predixa-dev-post-confirmation --statement-id pool-${poolId} --action lambda:InvokeFunction --principal cognito-idp.amazonaws.com --source-arn ${account.poolArn(poolId)} ${region}`,
      ],
    ];
    const call = 'lambda get-policy predixa-dev-post-confirmation';
    await aws.answers(call, account.triggerPolicy('us-east-1_Another1'));
    const installation = liveInstallation(useStage('dev'));
    await installation.reach();
    const [finding] = await examine(installation, [trigger]);
    expect(finding?.problems.map(({ what, fix }) => [what, fix])).toEqual(told);
    await aws.forgets(call);
    expect((await says(trigger))[0]?.[0]).toBe(told[0]?.[0]);
  });

  it('whose function cannot be invoked, or answers something else', async () => {
    const call = 'lambda invoke predixa-dev-post-confirmation';
    await aws.fails(call, 'An error occurred (AccessDeniedException) when calling the Invoke operation: no');
    expect(await says(trigger)).toEqual([
      [
        'could not be checked: AccessDeniedException',
        'credentials that may look: docs/doctor.md lists what they need',
      ],
    ]);
  });
});

describe('roles', () => {
  const given = (name: 'checkout' | 'entitlements-api', change: (all: account.Statement[]) => unknown) =>
    aws.answers(
      account.policyOf(name),
      account.policy(name, change([...account.statementsOf(name, poolId)])),
    );

  it('one that may not do what its function needs, or is denied it', async () => {
    await given('entitlements-api', ([log]) => log);
    const told = [[`entitlements-api may not dynamodb:GetItem on table/${entitlements.name}`, repair]];
    expect(await says(roles)).toEqual(told);
    await given('entitlements-api', (all) => [
      ...all,
      { Effect: 'Deny', Action: 'dynamodb:Get*', Resource: '*' },
    ]);
    expect(await says(roles)).toEqual(told);
  });

  it.each(['dynamodb:*', 'dynamodb:GetItem', 'DynamoDB:getitem', '*'])(
    'one that may %s on every table',
    async (action) => {
      await given('entitlements-api', (all) => [...all, { Effect: 'Allow', Action: action, Resource: '*' }]);
      expect(await says(roles)).toEqual([
        [`entitlements-api may ${action} on * by the policy DefaultPolicy, and has no need to`, repair],
      ]);
    },
  );

  it('one that lives on a wildcard is deployed anew, and its policy not taken away', async () => {
    await given('entitlements-api', ([log]) => [
      log,
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
    ]);
    expect(await says(roles)).toEqual([
      ['entitlements-api may dynamodb:* on * by the policy DefaultPolicy, and has no need to', repair],
    ]);
    const role = account.roleOf('entitlements-api');
    await given('entitlements-api', ([log]) => log);
    await aws.answers(`iam list-role-policies ${role}`, { PolicyNames: ['DefaultPolicy', 'Wide'] });
    const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    await aws.answers(`iam get-role-policy ${role} Wide`, { PolicyDocument: { Statement } });
    expect(await says(roles)).toEqual([
      ['entitlements-api may * on * by the policy Wide, and has no need to', repair],
    ]);
  });

  it('one that may everything but something, which is everything', async () => {
    const statement = { Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::secret' };
    await given('checkout', (all) => [...all, statement]);
    expect(await says(roles)).toEqual([
      ['checkout may * on * by the policy DefaultPolicy, and has no need to', repair],
    ]);
  });

  it('one with a policy attached, of AWS’s own or not, and the command that takes it off', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess';
    const AttachedPolicies = [{ PolicyName: 'AmazonDynamoDBFullAccess', PolicyArn }];
    await aws.answers(`iam list-attached-role-policies ${account.roleOf('checkout')}`, { AttachedPolicies });
    await aws.answers(`iam get-policy ${PolicyArn}`, { Policy: { Arn: PolicyArn, DefaultVersionId: 'v15' } });
    const Statement = [{ Action: ['dynamodb:*', 'dax:*'], Effect: 'Allow', Resource: '*' }];
    const Document = { Version: '2012-10-17', Statement };
    await aws.answers(`iam get-policy-version ${PolicyArn}`, {
      PolicyVersion: { Document, VersionId: 'v15' },
    });
    expect(await says(roles)).toEqual([
      [
        `checkout may dynamodb:* on *, dax:* on * by the policy ${PolicyArn}, and has no need to`,
        `aws iam detach-role-policy --role-name ${account.roleOf('checkout')} --policy-arn ${PolicyArn}`,
      ],
    ]);
  });

  it('one with a second policy that nobody needs, and one that is gone', async () => {
    const role = account.roleOf('checkout');
    await aws.answers(`iam list-role-policies ${role}`, { PolicyNames: ['DefaultPolicy', 'Debug'] });
    const Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::logs/*' };
    const PolicyDocument = { Version: '2012-10-17', Statement };
    await aws.answers(`iam get-role-policy ${role} Debug`, { PolicyName: 'Debug', PolicyDocument });
    expect(await says(roles)).toEqual([
      [
        'checkout may s3:GetObject on logs/* by the policy Debug, and has no need to',
        `aws iam delete-role-policy --role-name ${role} --policy-name Debug`,
      ],
    ]);
    await aws.fails(
      `iam list-role-policies ${role}`,
      `An error occurred (NoSuchEntity) when calling the ListRolePolicies operation: The role with name ${role} cannot be found.`,
    );
    expect(await says(roles)).toEqual([['checkout has a role that is not there', repair]]);
  });

  it('that cannot be read are told as unknown, not as right', async () => {
    await aws.fails(
      account.policyOf('reconcile'),
      'An error occurred (AccessDenied) when calling the GetRolePolicy operation: not authorized',
    );
    const [[line] = []] = await says(roles);
    expect(line).toBe('could not be checked: AccessDenied');
  });
});

describe('secrets and the endpoint', () => {
  it('a secret that is missing is told by the check that needs it', async () => {
    kept.clear();
    expect(await says(stripeKey)).toEqual([
      [
        'there is no Stripe API key',
        `aws secretsmanager create-secret --name predixa/dev/stripe-api-key --secret-string file://key.txt ${region}`,
      ],
    ]);
    expect(await says(webhook)).toEqual([
      ['there is no webhook secret', 'npm run webhook:register -- --stage dev'],
    ]);
    const [[line, fix] = []] = await says(trialKey);
    expect(line).toBe('there is no key by which trials are remembered: no checkout opens');
    expect(fix).toContain('aws secretsmanager create-secret --name predixa/dev/trial-hash-key');
  });

  it('one that may not be read is not told as missing', async () => {
    manager.refuse('AccessDeniedException');
    for (const check of [stripeKey, webhook, endpoint])
      expect((await says(check))[0]?.[0]).toBe('could not be checked: AccessDeniedException');
  });

  it('an endpoint whose secret is not stored, and one that sends to an API of before', async () => {
    const register = 'npm run webhook:register -- --stage dev';
    const note = (text: string) =>
      stripe.webhookEndpoints.update(endpointId, { metadata: { secret_fingerprint: text } });
    await note('0123456789abcdef');
    expect(await says(endpoint)).toEqual([
      [`the secret of the webhook endpoint ${endpointId} is not stored`, register],
    ]);
    await note(fingerprintOf(cloud.env['STRIPE_WEBHOOK_SECRET'] ?? ''));
    expect(await says(endpoint)).toEqual([]);
    const { url } = await stripe.webhookEndpoints.update(endpointId, {
      url: 'https://old.example.com/stripe/webhook',
    });
    expect(await says(endpoint)).toEqual([
      [`the webhook endpoint ${endpointId} sends to ${url}, and not to this API`, register],
    ]);
    await stripe.webhookEndpoints.update(endpointId, { url: `${cloud.urls.api}/stripe/webhook` });
  });

  it('a roll that is not finished, with the command that ends it', async () => {
    const { url } = await stripe.webhookEndpoints.retrieve(endpointId);
    const { id } = await stripe.webhookEndpoints.create({ url, enabled_events: [...handledEventTypes] });
    expect(await says(endpoint)).toEqual([
      [
        '2 endpoints send to this API: a roll is not finished',
        'npm run webhook:register -- --stage dev --finish',
      ],
    ]);
    await stripe.webhookEndpoints.del(id);
  });

  it('routes whose authorizer is gone', async () => {
    const open = await inFront(cloud.urls.api, {
      answer: (path) => (path.startsWith('/me/') ? [401, { code: 'unauthorized' }] : undefined),
    });
    fronts.push(open);
    const installation = liveInstallation(useStage('dev'), { apiUrl: open.url });
    const [finding] = await examine(installation, [authorizer]);
    expect(finding?.problems).toContainEqual({
      what: 'GET /me/entitlements has no authorizer: anyone reaches the function',
      fix: 'make it again by the commands of docs/deploy.md',
    });
  });
});
