import { tmpdir } from 'node:os';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { subscribedEventTypes } from '../contract/stripe-events.ts';
import { stages } from '../infra/config.ts';
import { functionsOf } from '../infra/functions.ts';
import { createLocalCloud, type LocalCloud } from '../local/cloud/cloud.ts';
import { withStores } from '../tests/infra/configs.ts';
import { type AwsCommand, openAwsCommand } from '../tests/support/aws-cli.ts';
import * as account from '../tests/support/aws-stage.ts';
import { type Front, inFront, type Reply } from '../tests/support/in-front.ts';
import { createRevenueCatStub, STORE_KEY, serveRevenueCat } from '../tests/support/revenuecat-stub.ts';
import { scriptRunner } from '../tests/support/run-script.ts';
import { type SecretsManager, serveSecrets } from '../tests/support/secrets-manager.ts';
import { useStage } from './cli/stage.ts';
import { authorizer, webhook } from './doctor/edge-checks.ts';
import { type Check, examine } from './doctor/finding.ts';
import { liveInstallation } from './doctor/live.ts';
import { storeChecks } from './doctor/store-checks.ts';
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
let revenueCat: Awaited<ReturnType<typeof serveRevenueCat>>;
const fronts: Front[] = [];
const kept = new Map<string, string>();
let environment: Record<string, string>;
let poolId: string;

/** Properties that the emulators do not support, as AWS returns them. */
const protection = { recovery: 'ENABLED', deletion: true };
let postConfirmation: string | undefined;

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
  const LambdaConfig = postConfirmation === undefined ? {} : { PostConfirmation: postConfirmation };
  return { ...reply, body: { UserPool: { ...pool, LambdaConfig } } };
}

const storeHeader = 'a-header-value-of-a-test';
const storesConfig = withStores(stages.dev);

beforeAll(async () => {
  revenueCat = await serveRevenueCat(createRevenueCatStub());
  [cloud, aws, manager] = await Promise.all([
    createLocalCloud({
      ephemeral: true,
      ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
      tables: { users: users.name, entitlements: entitlements.name },
      functionEnvironment: {
        REVENUECAT_PROJECT_ID: storesConfig.stores?.revenueCatProjectId ?? '',
        REVENUECAT_API_KEY: STORE_KEY,
        REVENUECAT_API_BASE: revenueCat.url,
        REVENUECAT_WEBHOOK_SECRET: storeHeader,
      },
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
  // Another region in the shell must not select another installation.
  process.env['AWS_REGION'] = 'eu-central-1';
  const { hostname: host, port } = new URL(cloud.urls.stripe);
  const at = { host, port: Number(port), protocol: 'http', telemetry: false } as const;
  stripe = new Stripe(cloud.env['STRIPE_API_KEY'] ?? '', at);
  endpointId = (await stripe.webhookEndpoints.list()).data[0]?.id ?? '';
}, 60_000);
beforeEach(async () => {
  Object.assign(protection, { recovery: 'ENABLED', deletion: true });
  postConfirmation = account.triggerArn;
  manager.refuse(undefined);
  kept.set(account.secretArn('stripeApiKey'), cloud.env['STRIPE_API_KEY'] ?? '');
  kept.set(account.secretArn('stripeWebhookSecret'), cloud.env['STRIPE_WEBHOOK_SECRET'] ?? '');
  kept.set(account.secretArn('trialHashKey'), 'a-hash-key-of-more-than-thirty-two-characters');
  await account.deploy(aws, { apiUrl: cloud.urls.api, poolId, environment: deployedEnvironment() });
});
afterAll(async () => {
  for (const front of fronts) front.close();
  await Promise.all([aws.close(), manager.close(), cloud.close(), revenueCat.close()]);
});

function deployedEnvironment(): Record<string, string> {
  return { STRIPE_API_BASE: cloud.urls.stripe, CHECKOUT_PRICES: 'pro_monthly,pro_yearly', TRIAL_DAYS: '7' };
}

/** Returns the problems that one check finds in the stage, each with its fix. */
async function problemsOf(check: Check): Promise<readonly (readonly [string, string])[]> {
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

describe('The doctor of a stage', () => {
  it('finds no problem in a stage as it was deployed, and prints no secret', async () => {
    const { code, text } = await doctor({});
    expect(text).not.toContain('✗');
    expect(text.match(/^✓ /gm)).toHaveLength(16);
    expect(code).toBe(0);
    for (const secret of kept.values()) expect(text).not.toContain(secret);
  });

  it.each([
    [
      'The AWS credentials of this shell have expired. Run aws sso login or set new ones.',
      'An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token is expired',
    ],
    [
      'The AWS credentials of this shell have expired. Run aws sso login or set new ones.',
      'Error when retrieving token from sso: Token has expired and refresh failed',
    ],
    [
      'AWS rejects the credentials of this shell (no credentials). Run aws sts get-caller-identity for details.',
      'Unable to locate credentials. You can configure credentials by running "aws configure".',
    ],
    [
      'AWS rejects the credentials of this shell (InvalidClientTokenId). Run aws sts get-caller-identity for details.',
      'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token is invalid.',
    ],
  ])('reports credentials that do not work: %s', async (line, stderr) => {
    await aws.fails('sts get-caller-identity', stderr);
    expect(await doctor({})).toEqual({ code: 1, text: `${line}\n` });
  });

  it('reports that the AWS CLI is not installed', async () => {
    const bare = await doctor({ PATH: tmpdir() });
    expect(bare).toEqual({
      code: 1,
      text: 'The AWS CLI is not installed. Install it from https://aws.amazon.com/cli/\n',
    });
  });

  it('reports that a stage is not deployed, or not deployed with the CDK', async () => {
    await aws.fails(
      'cloudformation describe-stacks predixa-accounts-dev',
      'An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id predixa-accounts-dev does not exist',
    );
    expect((await doctor({})).text).toBe(
      'There is no stack predixa-accounts-dev. If the stage was deployed without the CDK, pass the API’s URL with --api-url.\n',
    );
    const named = await doctor({}, '--api-url', `${cloud.urls.api}/`);
    expect(named.text).not.toContain('✗');
    for (const name of functionsOf(stages.dev)) await aws.forgets(account.configurationOf(name));
    expect((await doctor({})).text).toBe(
      'Stage dev is not deployed in us-east-1. Run npm run deploy -- --stage dev\n',
    );
  });
});

describe('The checks of functions and tables', () => {
  it('report a missing function once', async () => {
    await aws.forgets(account.configurationOf('stripe-webhook'));
    expect(await problemsOf(variables)).toEqual([['the function stripe-webhook is missing', repair]]);
    for (const check of [roles, stripeKey, webhook, tables]) expect(await problemsOf(check)).toEqual([]);
  });

  it('report a function that uses another table than the others', async () => {
    const other = { ...deployedEnvironment(), USERS_TABLE: 'Elsewhere', STRIPE_API_KEY: 'sk_test_x' };
    await aws.answers(
      account.configurationOf('billing-portal'),
      account.configuration('billing-portal', other),
    );
    expect(await problemsOf(variables)).toContainEqual(['USERS_TABLE differs between functions', repair]);
  });

  it('report a function without the policy that the others have', async () => {
    const policy = { ACCESS_POLICY: '{"plan_order": ["pro_monthly"]}' };
    for (const name of ['entitlements-api', 'checkout', 'stripe-webhook'] as const) {
      const values = { ...deployedEnvironment(), ...policy };
      await aws.answers(account.configurationOf(name), account.configuration(name, values));
    }
    expect(await problemsOf(variables)).toContainEqual(['ACCESS_POLICY differs between functions', repair]);
  });

  it('report unprotected tables, with the commands that protect them', async () => {
    Object.assign(protection, { recovery: 'DISABLED', deletion: false });
    const found = await problemsOf(tables);
    expect(found).toHaveLength(4);
    expect(found.slice(0, 2)).toEqual([
      [
        `table ${users.name} has no point-in-time recovery`,
        `aws dynamodb update-continuous-backups --table-name ${users.name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true ${region}`,
      ],
      [
        `table ${users.name} has no deletion protection`,
        `aws dynamodb update-table --table-name ${users.name} --deletion-protection-enabled ${region}`,
      ],
    ]);
  });
});

describe('The check of the trigger', () => {
  it('reports a pool that calls another function or none', async () => {
    postConfirmation = 'arn:aws:lambda:us-east-1:123456789012:function:another-function';
    expect(await problemsOf(trigger)).toEqual([
      ['the pool calls another-function after sign-up instead of predixa-dev-post-confirmation', repair],
    ]);
    postConfirmation = undefined;
    expect(await problemsOf(trigger)).toEqual([
      ['the pool calls nothing after sign-up instead of predixa-dev-post-confirmation', repair],
    ]);
  });

  it('reports a pool without the permission to call it', async () => {
    const expected = [
      [
        'the policy of predixa-dev-post-confirmation does not allow the pool to invoke it',
        `aws lambda add-permission --function-name predixa-dev-post-confirmation --statement-id pool-${poolId} --action lambda:InvokeFunction --principal cognito-idp.amazonaws.com --source-arn ${account.poolArn(poolId)} ${region}`,
      ],
    ];
    const call = 'lambda get-policy predixa-dev-post-confirmation';
    await aws.answers(call, account.triggerPolicy('us-east-1_Another1'));
    const installation = liveInstallation(useStage('dev'));
    await installation.reach();
    const [finding] = await examine(installation, [trigger]);
    expect(finding?.problems.map(({ what, fix }) => [what, fix])).toEqual(expected);
    await aws.forgets(call);
    expect((await problemsOf(trigger))[0]?.[0]).toBe(expected[0]?.[0]);
  });

  it('reports a function that the doctor may not invoke', async () => {
    const call = 'lambda invoke predixa-dev-post-confirmation';
    await aws.fails(call, 'An error occurred (AccessDeniedException) when calling the Invoke operation: no');
    expect(await problemsOf(trigger)).toEqual([
      [
        'could not be checked: AccessDeniedException',
        'use credentials with the permissions listed in docs/doctor.md',
      ],
    ]);
  });
});

describe('The check of roles', () => {
  const setStatements = (
    name: 'checkout' | 'entitlements-api',
    change: (all: account.Statement[]) => unknown,
  ) =>
    aws.answers(
      account.policyOf(name),
      account.policy(name, change([...account.statementsOf(name, poolId)])),
    );

  it('reports a role that lacks a needed permission or denies it', async () => {
    await setStatements('entitlements-api', ([log]) => log);
    const expected = [
      [`entitlements-api lacks permissions: dynamodb:GetItem on table/${entitlements.name}`, repair],
    ];
    expect(await problemsOf(roles)).toEqual(expected);
    await setStatements('entitlements-api', (all) => [
      ...all,
      { Effect: 'Deny', Action: 'dynamodb:Get*', Resource: '*' },
    ]);
    expect(await problemsOf(roles)).toEqual(expected);
  });

  it.each(['dynamodb:*', 'dynamodb:GetItem', 'DynamoDB:getitem', '*'])(
    'reports a role that allows %s on every table',
    async (action) => {
      await setStatements('entitlements-api', (all) => [
        ...all,
        { Effect: 'Allow', Action: action, Resource: '*' },
      ]);
      expect(await problemsOf(roles)).toEqual([
        [`the policy DefaultPolicy allows entitlements-api more than it needs: ${action} on *`, repair],
      ]);
    },
  );

  it('never suggests removing a policy that its function depends on, but a new deployment', async () => {
    await setStatements('entitlements-api', ([log]) => [
      log,
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
    ]);
    expect(await problemsOf(roles)).toEqual([
      ['the policy DefaultPolicy allows entitlements-api more than it needs: dynamodb:* on *', repair],
    ]);
    const role = account.roleOf('entitlements-api');
    await setStatements('entitlements-api', ([log]) => log);
    await aws.answers(`iam list-role-policies ${role}`, { PolicyNames: ['DefaultPolicy', 'Wide'] });
    const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    await aws.answers(`iam get-role-policy ${role} Wide`, { PolicyDocument: { Statement } });
    expect(await problemsOf(roles)).toEqual([
      ['the policy Wide allows entitlements-api more than it needs: * on *', repair],
    ]);
  });

  it('treats a policy with NotAction as one that allows every action', async () => {
    const statement = { Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::secret' };
    await setStatements('checkout', (all) => [...all, statement]);
    expect(await problemsOf(roles)).toEqual([
      ['the policy DefaultPolicy allows checkout more than it needs: * on *', repair],
    ]);
  });

  it('reports an attached policy, with the command that detaches it', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess';
    const AttachedPolicies = [{ PolicyName: 'AmazonDynamoDBFullAccess', PolicyArn }];
    await aws.answers(`iam list-attached-role-policies ${account.roleOf('checkout')}`, { AttachedPolicies });
    await aws.answers(`iam get-policy ${PolicyArn}`, { Policy: { Arn: PolicyArn, DefaultVersionId: 'v15' } });
    const Statement = [{ Action: ['dynamodb:*', 'dax:*'], Effect: 'Allow', Resource: '*' }];
    const Document = { Version: '2012-10-17', Statement };
    await aws.answers(`iam get-policy-version ${PolicyArn}`, {
      PolicyVersion: { Document, VersionId: 'v15' },
    });
    expect(await problemsOf(roles)).toEqual([
      [
        `the policy ${PolicyArn} allows checkout more than it needs: dynamodb:* on *, dax:* on *`,
        `aws iam detach-role-policy --role-name ${account.roleOf('checkout')} --policy-arn ${PolicyArn}`,
      ],
    ]);
  });

  it('reports a policy that is not needed, and a role that does not exist', async () => {
    const role = account.roleOf('checkout');
    await aws.answers(`iam list-role-policies ${role}`, { PolicyNames: ['DefaultPolicy', 'Debug'] });
    const Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::logs/*' };
    const PolicyDocument = { Version: '2012-10-17', Statement };
    await aws.answers(`iam get-role-policy ${role} Debug`, { PolicyName: 'Debug', PolicyDocument });
    expect(await problemsOf(roles)).toEqual([
      [
        'the policy Debug allows checkout more than it needs: s3:GetObject on logs/*',
        `aws iam delete-role-policy --role-name ${role} --policy-name Debug`,
      ],
    ]);
    await aws.fails(
      `iam list-role-policies ${role}`,
      `An error occurred (NoSuchEntity) when calling the ListRolePolicies operation: The role with name ${role} cannot be found.`,
    );
    expect(await problemsOf(roles)).toEqual([['the role of checkout does not exist', repair]]);
  });

  it('reports a role that it cannot read, instead of accepting it', async () => {
    await aws.fails(
      account.policyOf('reconcile'),
      'An error occurred (AccessDenied) when calling the GetRolePolicy operation: not authorized',
    );
    const [[line] = []] = await problemsOf(roles);
    expect(line).toBe('could not be checked: AccessDenied');
  });
});

describe('The checks of secrets and the webhook endpoint', () => {
  it('report a missing secret in the check that needs it', async () => {
    kept.clear();
    expect(await problemsOf(stripeKey)).toEqual([
      [
        'the Stripe API key is missing',
        `aws secretsmanager create-secret --name predixa/dev/stripe-api-key --secret-string file://key.txt ${region}`,
      ],
    ]);
    expect(await problemsOf(webhook)).toEqual([
      ['the webhook secret is missing', 'npm run webhook:register -- --stage dev'],
    ]);
    const [[line, fix] = []] = await problemsOf(trialKey);
    expect(line).toBe('the hash key of trial claims is missing, so no checkout can open');
    expect(fix).toContain('aws secretsmanager create-secret --name predixa/dev/trial-hash-key');
  });

  it('do not report an unreadable secret as missing', async () => {
    manager.refuse('AccessDeniedException');
    for (const check of [stripeKey, webhook, endpoint])
      expect((await problemsOf(check))[0]?.[0]).toBe('could not be checked: AccessDeniedException');
  });

  it('report an endpoint whose secret is not stored, and one that sends to a previous API', async () => {
    const register = 'npm run webhook:register -- --stage dev';
    const setFingerprint = (text: string) =>
      stripe.webhookEndpoints.update(endpointId, { metadata: { secret_fingerprint: text } });
    await setFingerprint('0123456789abcdef');
    expect(await problemsOf(endpoint)).toEqual([
      [`the secret of the webhook endpoint ${endpointId} is not stored here`, register],
    ]);
    await setFingerprint(fingerprintOf(cloud.env['STRIPE_WEBHOOK_SECRET'] ?? ''));
    expect(await problemsOf(endpoint)).toEqual([]);
    const { url } = await stripe.webhookEndpoints.update(endpointId, {
      url: 'https://old.example.com/stripe/webhook',
    });
    expect(await problemsOf(endpoint)).toEqual([
      [`the webhook endpoint ${endpointId} sends to ${url} instead of this API`, register],
    ]);
    await stripe.webhookEndpoints.update(endpointId, { url: `${cloud.urls.api}/stripe/webhook` });
  });

  it('report an unfinished secret rotation, with the command that finishes it', async () => {
    const { url } = await stripe.webhookEndpoints.retrieve(endpointId);
    const { id } = await stripe.webhookEndpoints.create({ url, enabled_events: [...subscribedEventTypes] });
    expect(await problemsOf(endpoint)).toEqual([
      [
        '2 webhook endpoints send to this API: a secret rotation is not finished',
        'npm run webhook:register -- --stage dev --finish',
      ],
    ]);
    await stripe.webhookEndpoints.del(id);
  });

  it('report routes without an authorizer', async () => {
    const open = await inFront(cloud.urls.api, {
      answer: (path) => (path.startsWith('/me/') ? [401, { code: 'unauthorized' }] : undefined),
    });
    fronts.push(open);
    const installation = liveInstallation(useStage('dev'), { apiUrl: open.url });
    const [finding] = await examine(installation, [authorizer]);
    expect(finding?.problems).toContainEqual({
      what: 'GET /me/entitlements has no authorizer, so anyone can reach the function',
      fix: 'create it again with the AWS CLI commands (see docs/deploy.md)',
    });
  });
});

describe('The doctor of a stage whose apps sell in stores', () => {
  const checks = [variables, roles, ...storeChecks];
  const problemsWith = async (config = storesConfig) => {
    const findings = await examine(liveInstallation({ name: 'dev', config }), checks);
    return findings.flatMap(({ problems }) => problems.map(({ what, fix }) => [what, fix] as const));
  };
  beforeEach(async () => {
    kept.set(account.secretArn('revenueCatApiKey'), STORE_KEY);
    kept.set(account.secretArn('revenueCatWebhookSecret'), storeHeader);
    const stageEnvironment = { ...deployedEnvironment(), REVENUECAT_API_BASE: revenueCat.url };
    const deployment = { apiUrl: cloud.urls.api, poolId, environment: stageEnvironment };
    await account.deploy(aws, { ...deployment, config: storesConfig });
  });

  it('finds no problem in a stage as it was deployed', async () => {
    expect(await problemsWith()).toEqual([]);
  });

  it('reports missing secrets, with the commands that store them', async () => {
    kept.delete(account.secretArn('revenueCatApiKey'));
    kept.delete(account.secretArn('revenueCatWebhookSecret'));
    expect(await problemsWith()).toEqual([
      [
        'the RevenueCat API key is missing',
        `aws secretsmanager create-secret --name predixa/dev/revenuecat-api-key --secret-string file://revenuecat-key.txt ${region}`,
      ],
      [
        'the header value of the RevenueCat webhook is missing',
        'npm run webhook:register -- --stage dev --payer revenuecat',
      ],
    ]);
  });

  it('reports a function that is not deployed yet', async () => {
    await aws.forgets(account.configurationOf('revenuecat-webhook'));
    expect(await problemsWith()).toEqual([['the function revenuecat-webhook is missing', repair]]);
  });

  it('reports a role that may still read the key after the stage has left the stores', async () => {
    const what = (await problemsWith(stages.dev)).map(([line]) => line);
    expect(what).toHaveLength(3);
    for (const name of ['delete-user', 'checkout', 'reconcile'])
      expect(what).toContainEqual(
        expect.stringMatching(`allows ${name} more than it needs: secretsmanager:GetSecretValue`),
      );
  });
});
