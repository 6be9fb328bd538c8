/**
 * One trigger more or less in the settings of a user pool, and nothing else changed.
 *
 * UpdateUserPool sets whatever it is not told to the default. So all that DescribeUserPool has read goes back.
 */
import type {
  LambdaConfigType,
  UpdateUserPoolRequest,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';

/** What DescribeUserPool tells and UpdateUserPool takes back, under the same name. */
type Setting = keyof UserPoolType & keyof UpdateUserPoolRequest;

/** What it tells and nobody can set, or only under another name. */
type ReadOnlySetting = Exclude<keyof UserPoolType, Setting>;

/** A key that a newer SDK adds to either list does not compile until somebody has decided about it. */
const settings: Readonly<Record<Setting, true>> = {
  Policies: true,
  DeletionProtection: true,
  LambdaConfig: true,
  AutoVerifiedAttributes: true,
  SmsVerificationMessage: true,
  EmailVerificationMessage: true,
  EmailVerificationSubject: true,
  VerificationMessageTemplate: true,
  SmsAuthenticationMessage: true,
  UserAttributeUpdateSettings: true,
  MfaConfiguration: true,
  DeviceConfiguration: true,
  EmailConfiguration: true,
  SmsConfiguration: true,
  UserPoolTags: true,
  AdminCreateUserConfig: true,
  UserPoolAddOns: true,
  AccountRecoverySetting: true,
  UserPoolTier: true,
  KeyConfiguration: true,
  IssuerConfiguration: true,
  AcrConfiguration: true,
};

export const readOnly: Readonly<Record<ReadOnlySetting, true>> = {
  Id: true,
  /** Goes back as `PoolName`. */
  Name: true,
  Status: true,
  LastModifiedDate: true,
  CreationDate: true,
  SchemaAttributes: true,
  AliasAttributes: true,
  UsernameAttributes: true,
  UsernameConfiguration: true,
  EstimatedNumberOfUsers: true,
  SmsConfigurationFailure: true,
  EmailConfigurationFailure: true,
  Domain: true,
  CustomDomain: true,
  Arn: true,
};

export type Change =
  | { readonly kind: 'update'; readonly request: UpdateUserPoolRequest }
  | { readonly kind: 'unchanged' }
  /** Another function is called after sign-ups: whose it is only its owner knows. */
  | { readonly kind: 'taken'; readonly functionArn: string };

export interface Addition {
  readonly functionArn: string;
  /** Arns that may give way: our own of an earlier deployment. */
  readonly replaces: readonly string[];
  /** Whether anybody's may. */
  readonly replacesAny: boolean;
}

export function withTrigger(pool: UserPoolType, addition: Addition): Change {
  const present = pool.LambdaConfig?.PostConfirmation;
  if (present === addition.functionArn) return { kind: 'unchanged' };
  const free = !present || addition.replacesAny || addition.replaces.includes(present);
  if (!free) return { kind: 'taken', functionArn: present };
  return update(pool, { ...pool.LambdaConfig, PostConfirmation: addition.functionArn });
}

/** Takes off this function alone: whatever has come in its place stays. */
export function withoutTrigger(pool: UserPoolType, functionArn: string): Change {
  if (pool.LambdaConfig?.PostConfirmation !== functionArn) return { kind: 'unchanged' };
  const { PostConfirmation: _, ...others } = pool.LambdaConfig;
  return update(pool, others);
}

function update(pool: UserPoolType, lambdaConfig: LambdaConfigType): Change {
  const kept = Object.fromEntries(
    Object.entries(pool).filter(([key, value]) => key in settings && value !== undefined),
  ) as Pick<UserPoolType, Setting>;
  const request: UpdateUserPoolRequest = {
    ...kept,
    ...validity(pool),
    ...(pool.UserPoolTags === undefined ? {} : { UserPoolTags: withoutAwsTags(pool.UserPoolTags) }),
    ...(pool.Name === undefined ? {} : { PoolName: pool.Name }),
    UserPoolId: pool.Id,
    LambdaConfig: lambdaConfig,
  };
  return { kind: 'update', request };
}

/**
 * DescribeUserPool tells the validity of a first password under an old name and a new one; UpdateUserPool refuses
 * the old. A pool that only has the old one keeps its value under the new.
 */
function validity(pool: UserPoolType): Pick<UpdateUserPoolRequest, 'AdminCreateUserConfig' | 'Policies'> {
  const days = pool.AdminCreateUserConfig?.UnusedAccountValidityDays;
  if (pool.AdminCreateUserConfig === undefined || days === undefined) return {};
  const { UnusedAccountValidityDays: _, ...config } = pool.AdminCreateUserConfig;
  const password = { TemporaryPasswordValidityDays: days, ...pool.Policies?.PasswordPolicy };
  return {
    AdminCreateUserConfig: config,
    Policies: { ...pool.Policies, PasswordPolicy: password },
  };
}

/** Tags of AWS's own are refused, and stay. */
function withoutAwsTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')));
}
