/** A pool with every setting that DescribeUserPool returns. The compiler requires each of them. */
import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider';

const ACCOUNT = '123456789012';
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;

export const samplePool: Readonly<Required<UserPoolType>> = {
  Id: 'us-east-1_Abc123xyz',
  Name: 'shop-customers',
  Arn: `arn:aws:cognito-idp:us-east-1:${ACCOUNT}:userpool/us-east-1_Abc123xyz`,
  Status: 'Enabled',
  CreationDate: new Date('2024-01-02T21:10:02Z'),
  LastModifiedDate: new Date('2026-01-25T22:11:27Z'),
  EstimatedNumberOfUsers: 41_902,
  Domain: 'shop',
  CustomDomain: 'login.example.com',
  SmsConfigurationFailure: 'SNSSandbox',
  EmailConfigurationFailure: 'EmailSendingFailed',
  SchemaAttributes: [{ Name: 'sub', AttributeDataType: 'String', Mutable: false, Required: true }],
  AliasAttributes: ['preferred_username'],
  UsernameAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  DeletionProtection: 'ACTIVE',
  MfaConfiguration: 'OPTIONAL',
  UserPoolTier: 'PLUS',
  AutoVerifiedAttributes: ['email', 'phone_number'],
  Policies: {
    PasswordPolicy: {
      MinimumLength: 14,
      RequireLowercase: true,
      RequireUppercase: false,
      RequireNumbers: true,
      RequireSymbols: false,
      PasswordHistorySize: 5,
      TemporaryPasswordValidityDays: 3,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] },
  },
  LambdaConfig: {
    PreSignUp: functionArn('pre-sign-up'),
    CustomMessage: functionArn('custom-message'),
    PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: functionArn('claims') },
    CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: functionArn('mailer') },
    KMSKeyID: `arn:aws:kms:us-east-1:${ACCOUNT}:key/0a1b2c3d`,
  },
  SmsVerificationMessage: 'Your code for the shop is {####}',
  SmsAuthenticationMessage: 'Sign in with {####}',
  EmailVerificationMessage: 'Your code for the shop is {####}.',
  EmailVerificationSubject: 'Welcome to the shop',
  VerificationMessageTemplate: {
    DefaultEmailOption: 'CONFIRM_WITH_LINK',
    EmailMessageByLink: 'Follow {##this link##}',
    EmailSubjectByLink: 'Welcome to the shop',
  },
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: `arn:aws:ses:us-east-1:${ACCOUNT}:identity/example.com`,
    From: 'Shop <hello@example.com>',
    ReplyToEmailAddress: 'help@example.com',
    ConfigurationSet: 'shop',
  },
  SmsConfiguration: {
    SnsCallerArn: `arn:aws:iam::${ACCOUNT}:role/shop-sms`,
    ExternalId: '0f1e2d3c',
    SnsRegion: 'us-east-1',
  },
  UserPoolTags: { team: 'shop', 'aws:cloudformation:stack-name': 'shop' },
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly: true,
    UnusedAccountValidityDays: 3,
    InviteMessageTemplate: { EmailSubject: 'You are invited', EmailMessage: '{username} {####}' },
  },
  UserPoolAddOns: {
    AdvancedSecurityMode: 'ENFORCED',
    AdvancedSecurityAdditionalFlows: { CustomAuthMode: 'ENFORCED' },
  },
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  KeyConfiguration: { KmsKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/4e5f6a7b` },
  IssuerConfiguration: { Type: 'ORIGINAL' },
  AcrConfiguration: { PASSWORD: { AcrValue: 'urn:example:password' } },
};
