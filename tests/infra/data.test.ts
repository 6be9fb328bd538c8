/** What outlives a stack, and how an installation takes in what is there already. */
import { describe, expect, it } from 'vitest';
import { stages } from '../../infra/config.ts';
import { existingPool } from './configs.ts';
import { logicalIdIn, resourcesOf, synthesize, type Template, theOnly } from './synth.ts';

const { dev, prod } = stages;
const existing = { ...prod, pool: existingPool };

describe('tables that the stack makes', () => {
  const tables = resourcesOf(synthesize(prod), 'AWS::DynamoDB::GlobalTable').map(([, table]) => table);

  it('are paid by use, and have the names and keys that the functions know', () => {
    const described = tables.map(({ Properties: { TableName, KeySchema, BillingMode } }) => ({
      TableName,
      KeySchema,
      BillingMode,
    }));
    const keyed = (name: string) => [{ AttributeName: name, KeyType: 'HASH' }];
    expect(described).toEqual([
      { TableName: 'UserProfiles', KeySchema: keyed('userId'), BillingMode: 'PAY_PER_REQUEST' },
      {
        TableName: 'predixa_entitlements',
        KeySchema: keyed('cognito_sub'),
        BillingMode: 'PAY_PER_REQUEST',
      },
    ]);
  });

  it('can be brought back to any second, and cannot be deleted, not even with the stack', () => {
    for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of tables) {
      expect(Properties['Replicas']).toEqual([
        {
          Region: 'us-east-1',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ]);
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    }
  });
});

describe('tables that are there already', () => {
  it('are never made, changed or removed', () => {
    const template = synthesize({
      ...dev,
      tables: {
        users: { kind: 'existing', name: 'UserProfiles' },
        entitlements: { kind: 'existing', name: 'predixa_entitlements' },
      },
    });
    expect(Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::DynamoDB'))).toEqual(
      [],
    );
  });
});

describe('a pool of the stack', () => {
  const template = synthesize(dev);
  const pool = theOnly(template, 'AWS::Cognito::UserPool');

  it('signs in by e-mail address in any case, and cannot be deleted, not even with the stack', () => {
    expect(pool.Properties).toMatchObject({
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ['email'],
      UserPoolTier: 'ESSENTIALS',
      DeletionProtection: 'ACTIVE',
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    });
    expect([pool.DeletionPolicy, pool.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
  });

  it.each(['LITE', 'ESSENTIALS', 'PLUS'] as const)('has the plan configured: %s', (plan) => {
    const { Properties } = theOnly(
      synthesize({ ...dev, pool: { kind: 'create', plan } }),
      'AWS::Cognito::UserPool',
    );
    expect(Properties['UserPoolTier']).toBe(plan);
  });

  it('has a client without a secret, which never sends the password itself', () => {
    const client = theOnly(template, 'AWS::Cognito::UserPoolClient');
    expect(client.Properties).toMatchObject({
      GenerateSecret: false,
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    expect(client.DeletionPolicy).toBe('Retain');
  });

  it('sends its codes by SES where a sender is configured', () => {
    const sender = { fromEmail: 'hello@example.com', verifiedDomain: 'example.com' };
    const { Properties } = theOnly(
      synthesize({ ...dev, pool: { kind: 'create', plan: 'LITE', sender } }),
      'AWS::Cognito::UserPool',
    );
    expect(Properties['EmailConfiguration']).toMatchObject({
      EmailSendingAccount: 'DEVELOPER',
      From: 'hello@example.com',
    });
  });

  it('calls the trigger after sign-up, and may; no other pool of anybody may', () => {
    const { PostConfirmation } = pool.Properties['LambdaConfig'] as { PostConfirmation: unknown };
    expect(called(template, PostConfirmation)).toBe('predixa-test-post-confirmation');
    const { SourceArn, SourceAccount } = permissionOfPools(template);
    expect(template.Resources[logicalIdIn(SourceArn)]?.Type).toBe('AWS::Cognito::UserPool');
    expect(SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
  });
});

describe('a pool that is there already', () => {
  const template = synthesize(existing);

  it('is not made, and gets the trigger by a resource of its own', () => {
    expect(resourcesOf(template, 'AWS::Cognito::UserPool')).toEqual([]);
    const { UserPoolId, FunctionArn, ReplaceTrigger } = theOnly(template, 'Custom::PoolTrigger').Properties;
    expect([UserPoolId, ReplaceTrigger]).toEqual(['us-east-1_Abc123xyz', 'false']);
    expect(called(template, FunctionArn)).toBe('predixa-test-post-confirmation');
  });

  it('may call the trigger before it is told to, and until it no longer does', () => {
    const { SourceArn, SourceAccount } = permissionOfPools(template);
    expect(SourceArn).toEqual({
      'Fn::Join': [
        '',
        ['arn:aws:cognito-idp:us-east-1:', { Ref: 'AWS::AccountId' }, ':userpool/us-east-1_Abc123xyz'],
      ],
    });
    expect(SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
    const [permission] = permissionsOfPools(template).map(([id]) => id);
    expect(theOnly(template, 'Custom::PoolTrigger').DependsOn).toContain(permission);
  });

  it('is written to by a role that may read and write the settings of this pool, and nothing else', () => {
    expect(writerMay(template)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ['cognito-idp:DescribeUserPool', 'cognito-idp:UpdateUserPool'],
    ]);
  });

  it('is written to by a role that may hand on what the pool itself uses, where that is configured', () => {
    const pool = {
      ...existingPool,
      smsRoleArn: 'arn:aws:iam::123456789012:role/sms',
      senderKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0a1b',
    };
    expect(writerMay(synthesize({ ...existing, pool })).slice(2)).toEqual([
      'iam:PassRole',
      'kms:CreateGrant',
    ]);
  });

  it('is another resource than another pool, so that the old one is cleared by the role that may', () => {
    const other = synthesize({ ...existing, pool: { ...existingPool, userPoolId: 'us-east-1_Other4567' } });
    const ids = [template, other].map((one) => resourcesOf(one, 'Custom::PoolTrigger')[0]?.[0]);
    expect(new Set(ids).size).toBe(2);
  });
});

function permissionsOfPools(template: Template) {
  return resourcesOf(template, 'AWS::Lambda::Permission').filter(
    ([, { Properties }]) => Properties['Principal'] === 'cognito-idp.amazonaws.com',
  );
}

function permissionOfPools(template: Template): Readonly<Record<string, unknown>> {
  const [found, ...others] = permissionsOfPools(template);
  expect(others).toEqual([]);
  expect(called(template, found?.[1].Properties['FunctionName'])).toBe('predixa-test-post-confirmation');
  return found?.[1].Properties ?? {};
}

function called(template: Template, reference: unknown): unknown {
  return template.Resources[logicalIdIn(reference)]?.Properties['FunctionName'];
}

function writerMay(template: Template): readonly unknown[] {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('PoolTrigger'));
  return policies.flatMap(([, { Properties }]) =>
    (Properties['PolicyDocument'] as { Statement: { Action: unknown }[] }).Statement.map(
      ({ Action }) => Action,
    ),
  );
}
