/** Tests what is retained when the stack is deleted, and how an installation uses existing tables and pools. */
import { describe, expect, it } from 'vitest';
import { stages } from '../../infra/config.ts';
import { existingPool } from './configs.ts';
import { logicalIdIn, resourcesOf, synthesize, type Template, theOnly } from './synth.ts';

const { dev, prod } = stages;
const existing = { ...prod, pool: existingPool };

describe('The tables that the stack creates', () => {
  const tables = resourcesOf(synthesize(prod), 'AWS::DynamoDB::GlobalTable').map(([, table]) => table);

  it('are billed on demand, and have the names and keys that the functions expect', () => {
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

  it('have point-in-time recovery, and cannot be deleted, not even with the stack', () => {
    for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of tables) {
      expect(Properties['Replicas']).toEqual([
        {
          Region: 'us-east-1',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ]);
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });
});

describe('Existing tables', () => {
  it('are never created, changed or removed', () => {
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

describe('A pool that the stack creates', () => {
  const template = synthesize(dev);
  const pool = theOnly(template, 'AWS::Cognito::UserPool');

  it('signs users in by email address in any letter case, and cannot be deleted, not even with the stack', () => {
    expect(pool.Properties).toMatchObject({
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      AutoVerifiedAttributes: ['email'],
      UserPoolTier: 'LITE',
      DeletionProtection: 'ACTIVE',
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true } },
    });
    expect([pool.DeletionPolicy, pool.UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  });

  it.each(['LITE', 'ESSENTIALS', 'PLUS'] as const)('has the configured plan: %s', (plan) => {
    const { Properties } = theOnly(
      synthesize({ ...dev, pool: { kind: 'create', plan } }),
      'AWS::Cognito::UserPool',
    );
    expect(Properties['UserPoolTier']).toBe(plan);
  });

  it('has a client without a secret that never sends the password', () => {
    const client = theOnly(template, 'AWS::Cognito::UserPoolClient');
    expect(client.Properties).toMatchObject({
      GenerateSecret: false,
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    expect(client.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('sends its codes through SES if a sender is configured', () => {
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

  it('is the only pool that may call the trigger, and calls it after sign-up', () => {
    const { PostConfirmation } = pool.Properties['LambdaConfig'] as { PostConfirmation: unknown };
    expect(functionNameIn(template, PostConfirmation)).toBe('predixa-test-post-confirmation');
    const { SourceArn, SourceAccount } = onlyPoolPermission(template);
    expect(template.Resources[logicalIdIn(SourceArn)]?.Type).toBe('AWS::Cognito::UserPool');
    expect(SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
  });
});

describe('An existing pool', () => {
  const template = synthesize(existing);

  it('is not created, and gets the trigger from a custom resource', () => {
    expect(resourcesOf(template, 'AWS::Cognito::UserPool')).toEqual([]);
    const { UserPoolId, FunctionArn, ReplaceTrigger } = theOnly(template, 'Custom::PoolTrigger').Properties;
    expect([UserPoolId, ReplaceTrigger]).toEqual(['us-east-1_Abc123xyz', 'false']);
    expect(functionNameIn(template, FunctionArn)).toBe('predixa-test-post-confirmation');
  });

  it('has the permission to call the trigger as long as the trigger is set', () => {
    const { SourceArn, SourceAccount } = onlyPoolPermission(template);
    expect(SourceArn).toEqual({
      'Fn::Join': [
        '',
        ['arn:aws:cognito-idp:us-east-1:', { Ref: 'AWS::AccountId' }, ':userpool/us-east-1_Abc123xyz'],
      ],
    });
    expect(SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
    const [permission] = poolPermissions(template).map(([id]) => id);
    expect(theOnly(template, 'Custom::PoolTrigger').DependsOn).toContain(permission);
  });

  it('is updated by a role that may only read and write the settings of this pool', () => {
    expect(grantedToWriter(template)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ['cognito-idp:DescribeUserPool', 'cognito-idp:UpdateUserPool'],
    ]);
  });

  it("is updated by a role that may pass on the pool's SMS role and sender key if they are configured", () => {
    const pool = {
      ...existingPool,
      smsRoleArn: 'arn:aws:iam::123456789012:role/sms',
      senderKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/0a1b',
    };
    expect(grantedToWriter(synthesize({ ...existing, pool })).slice(2)).toEqual([
      'iam:PassRole',
      'kms:CreateGrant',
    ]);
  });

  it('has its own custom resource, so the trigger of a replaced pool is removed while its role exists', () => {
    const other = synthesize({ ...existing, pool: { ...existingPool, userPoolId: 'us-east-1_Other4567' } });
    const ids = [template, other].map((one) => resourcesOf(one, 'Custom::PoolTrigger')[0]?.[0]);
    expect(new Set(ids).size).toBe(2);
  });
});

function poolPermissions(template: Template) {
  return resourcesOf(template, 'AWS::Lambda::Permission').filter(
    ([, { Properties }]) => Properties['Principal'] === 'cognito-idp.amazonaws.com',
  );
}

function onlyPoolPermission(template: Template): Readonly<Record<string, unknown>> {
  const [found, ...others] = poolPermissions(template);
  expect(others).toEqual([]);
  expect(functionNameIn(template, found?.[1].Properties['FunctionName'])).toBe(
    'predixa-test-post-confirmation',
  );
  return found?.[1].Properties ?? {};
}

function functionNameIn(template: Template, reference: unknown): unknown {
  return template.Resources[logicalIdIn(reference)]?.Properties['FunctionName'];
}

function grantedToWriter(template: Template): readonly unknown[] {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('PoolTrigger'));
  return policies.flatMap(([, { Properties }]) =>
    (Properties['PolicyDocument'] as { Statement: { Action: unknown }[] }).Statement.map(
      ({ Action }) => Action,
    ),
  );
}
