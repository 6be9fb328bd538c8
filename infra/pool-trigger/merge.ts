/**
 * Adds or removes one trigger in the settings of a user pool and changes nothing else.
 *
 * UpdateUserPool resets every setting that a request omits to its default, so the request repeats everything that
 * DescribeUserPool returned.
 */
import type {
  LambdaConfigType,
  UpdateUserPoolRequest,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';

/** A setting that DescribeUserPool returns and UpdateUserPool accepts under the same name. */
type Setting = keyof UserPoolType & keyof UpdateUserPoolRequest;

/** A value that DescribeUserPool returns and UpdateUserPool does not accept under that name. */
type ReadOnlySetting = Exclude<keyof UserPoolType, Setting>;

/** If a newer SDK adds a key to either list, the code does not compile until the key is added here. */
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
  /** Sent back as `PoolName`. */
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
  /** The pool already calls another function after sign-up, which must not be replaced without permission. */
  | { readonly kind: 'taken'; readonly functionArn: string };

export interface Addition {
  readonly functionArn: string;
  /** ARNs that may be replaced: our own function of an earlier deployment. */
  readonly replaces: readonly string[];
  /** Whether any function may be replaced. */
  readonly replacesAny: boolean;
}

export function withTrigger(pool: UserPoolType, addition: Addition): Change {
  const present = pool.LambdaConfig?.PostConfirmation;
  if (present === addition.functionArn) return { kind: 'unchanged' };
  const free = !present || addition.replacesAny || addition.replaces.includes(present);
  if (!free) return { kind: 'taken', functionArn: present };
  return update(pool, { ...pool.LambdaConfig, PostConfirmation: addition.functionArn });
}

/** Removes the trigger only if it is this function. A function that has replaced it stays. */
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
 * Returns the validity of temporary passwords. DescribeUserPool returns it under an old and a new name, and
 * UpdateUserPool rejects the old one. A pool with only the old name gets the same value under the new name.
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

/** Removes AWS's own tags (`aws:…`). UpdateUserPool rejects them and keeps them by itself. */
function withoutAwsTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')));
}
