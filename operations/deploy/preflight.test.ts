import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages } from '../../infra/config.ts';
import { type AwsCommand, openAwsCommand } from '../../tests/support/aws-cli.ts';
import { awsCli } from '../doctor/aws-cli.ts';
import { type DeploymentFacts, readDeploymentFacts } from './facts.ts';
import { preflight } from './preflight.ts';

const { dev } = stages;
const stage = { stage: 'dev', config: dev };
const fresh: DeploymentFacts = {
  account: '123456789012',
  stackStatus: null,
  bootstrapVersion: 29,
  concurrency: { limit: 1_000, unreserved: 1_000 },
  taken: [],
  mail: null,
  missingSecrets: [],
  deployed: null,
};
const problemsOf = (facts: Partial<DeploymentFacts>, config = dev) =>
  preflight({ ...fresh, ...facts }, { stage: 'dev', config }).problems;

describe('The check before a deployment', () => {
  it('finds nothing wrong with a new account that is prepared', () => {
    expect(preflight(fresh, stage)).toEqual({
      problems: [],
      notes: [expect.stringContaining('at most 50 codes a day')],
      isFirst: true,
    });
  });

  it('knows a stage that is deployed', () => {
    expect(preflight({ ...fresh, stackStatus: 'UPDATE_COMPLETE' }, stage)).toMatchObject({
      problems: [],
      isFirst: false,
    });
  });

  it.each([
    ['another account', { account: '210987654321' }, /belong to account 210987654321.*in 123456789012/],
    ['a stack that someone changes', { stackStatus: 'UPDATE_IN_PROGRESS' }, /being changed/],
    ['a failed first deployment', { stackStatus: 'ROLLBACK_COMPLETE' }, /left over from a deployment/],
    ['one that could not be undone', { stackStatus: 'ROLLBACK_FAILED' }, /left over from a deployment/],
    [
      'an update that could not be undone',
      { stackStatus: 'UPDATE_ROLLBACK_FAILED' },
      /continue-update-rollback/,
    ],
    ['an account without the bootstrap', { bootstrapVersion: null }, /no CDK bootstrap/],
    ['an old bootstrap', { bootstrapVersion: 5 }, /has version 5/],
    [
      'a table of that name',
      { taken: ['table predixa-dev-users'] },
      /predixa-dev-users exists already.*existing/,
    ],
    ['a function of that name', { taken: ['function predixa-dev-checkout'] }, /Delete it/],
  ] as const)('refuses %s, and says what to do', (_, facts, text) => {
    expect(problemsOf(facts, { ...dev, account: '123456789012' })).toEqual([expect.stringMatching(text)]);
  });

  it.each([
    [10, 10],
    [100, 100],
    [1_000, 100],
  ])(
    'refuses to reserve concurrency in an account with %i, of which %i are unreserved',
    (limit, unreserved) => {
      const reserving = { ...dev, reconcile: { ...dev.reconcile, reserveConcurrency: true } };
      const concurrency = { limit, unreserved };
      expect(problemsOf({ concurrency }, reserving)).toEqual([expect.stringContaining('needs 101')]);
      expect(problemsOf({ concurrency })).toEqual([]);
      // What a deployed stage has reserved is no longer unreserved.
      expect(problemsOf({ concurrency, stackStatus: 'CREATE_COMPLETE' }, reserving)).toEqual([]);
    },
  );

  it('refuses a sender that SES has not verified, and shows the sandbox', () => {
    const sender = { fromEmail: 'a@example.com', verifiedDomain: 'example.com' };
    const sending = { ...dev, pool: { kind: 'create', plan: 'LITE', sender } } as const;
    const facts = { ...fresh, mail: { isVerified: false, isInSandbox: true } };
    expect(preflight(facts, { stage: 'dev', config: sending })).toMatchObject({
      problems: [expect.stringContaining('not verified the domain example.com')],
      notes: [expect.stringContaining('sandbox')],
    });
  });

  it('goes on without what it may not read, and says so', () => {
    const unread = { unread: 'AccessDeniedException' };
    const facts = { ...fresh, concurrency: unread, taken: unread, bootstrapVersion: unread };
    const { problems, notes } = preflight(facts, stage);
    expect(problems).toEqual([]);
    expect(notes.filter((note) => note.includes('AccessDeniedException'))).toHaveLength(3);
  });
});

describe('What AWS has of a stage', () => {
  let aws: AwsCommand;
  let path: string | undefined;
  beforeAll(async () => {
    aws = await openAwsCommand();
    path = process.env['PATH'];
    process.env['PATH'] = `${aws.directory}:${path ?? ''}`;
    await aws.answers('sts get-caller-identity', { Account: '123456789012' });
    await aws.answers('ssm get-parameter /cdk-bootstrap/hnb659fds/version', { Parameter: { Value: '21' } });
    await aws.answers('lambda get-account-settings', {
      AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
    });
    await aws.answers(`secretsmanager describe-secret ${dev.secrets.stripeApiKey}`, { Name: 'x' });
    await aws.answers('dynamodb describe-table predixa-dev-users', { Table: {} });
    await aws.answers('logs describe-log-groups /aws/lambda/', {
      logGroups: [
        { logGroupName: '/aws/lambda/predixa-dev-checkout' },
        { logGroupName: '/aws/lambda/other' },
      ],
    });
  });
  afterAll(async () => {
    process.env['PATH'] = path;
    await aws.close();
  });

  it('is read with the AWS CLI, and a stack that is missing is a first deployment', async () => {
    await aws.fails(
      'cloudformation describe-stacks predixa-accounts-dev',
      'An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id predixa-accounts-dev does not exist',
    );
    expect(await readDeploymentFacts(awsCli('us-east-1'), stage)).toEqual({
      account: '123456789012',
      stackStatus: null,
      bootstrapVersion: 21,
      concurrency: { limit: 10, unreserved: 10 },
      taken: ['table predixa-dev-users', 'log group /aws/lambda/predixa-dev-checkout'],
      mail: null,
      missingSecrets: [dev.secrets.trialHashKey],
      deployed: null,
    });
  });

  it('includes the template of a deployed stack, whose names are its own', async () => {
    await aws.answers('cloudformation describe-stacks predixa-accounts-dev', {
      Stacks: [{ StackStatus: 'UPDATE_COMPLETE' }],
    });
    const Properties = { TableName: 'predixa-dev-users' };
    const TemplateBody = { Resources: { Users: { Type: 'AWS::DynamoDB::GlobalTable', Properties } } };
    await aws.answers('cloudformation get-template predixa-accounts-dev', { TemplateBody });
    expect(await readDeploymentFacts(awsCli('us-east-1'), stage)).toMatchObject({
      stackStatus: 'UPDATE_COMPLETE',
      taken: [],
      deployed: new Map([['Users', { type: 'AWS::DynamoDB::GlobalTable', properties: Properties }]]),
    });
  });

  it('shows an account without the bootstrap', async () => {
    await aws.fails(
      'ssm get-parameter /cdk-bootstrap/hnb659fds/version',
      'An error occurred (ParameterNotFound) when calling the GetParameter operation: ',
    );
    expect(await readDeploymentFacts(awsCli('us-east-1'), stage)).toMatchObject({ bootstrapVersion: null });
  });

  it('leaves out what AWS refuses to show', async () => {
    await aws.fails(
      'lambda get-account-settings',
      'An error occurred (AccessDeniedException) when calling the GetAccountSettings operation: no',
    );
    const { concurrency } = await readDeploymentFacts(awsCli('us-east-1'), stage);
    expect(concurrency).toEqual({ unread: 'AccessDeniedException' });
  });
});
