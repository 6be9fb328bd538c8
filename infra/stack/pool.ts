/** Who signs in: a pool of the stack's own, or one that is there already. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  type CfnUserPool,
  FeaturePlan,
  type IUserPool,
  Mfa,
  UserPool,
  UserPoolClient,
  UserPoolClientIdentityProvider,
  UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { PoolChoice } from '../config.ts';
import { poolNameOf } from '../names.ts';
import { PoolTrigger } from './pool-trigger.ts';

type NewPool = Extract<PoolChoice, { kind: 'create' }>;

const plans = {
  LITE: FeaturePlan.LITE,
  ESSENTIALS: FeaturePlan.ESSENTIALS,
  PLUS: FeaturePlan.PLUS,
} as const;

export interface PoolProps {
  readonly stage: string;
  readonly choice: PoolChoice;
}

export class Pool extends Construct {
  readonly userPool: IUserPool;
  readonly clientIds: readonly string[];
  /** Of the tokens. */
  readonly issuer: string;
  readonly #choice: PoolChoice;
  readonly #made: CfnUserPool | undefined;

  constructor(scope: Construct, id: string, { stage, choice }: PoolProps) {
    super(scope, id);
    this.#choice = choice;
    if (choice.kind === 'existing') {
      this.userPool = UserPool.fromUserPoolId(this, 'Pool', choice.userPoolId);
      this.clientIds = choice.clientIds;
      this.issuer = choice.issuer ?? defaultIssuer(this.userPool);
      return;
    }
    const pool = this.#pool(stage, choice);
    this.userPool = pool;
    this.issuer = defaultIssuer(pool);
    this.#made = pool.node.defaultChild as CfnUserPool;
    this.clientIds = [this.#client(pool).userPoolClientId];
  }

  /** Has the function called after every sign-up. */
  callAfterSignUp(trigger: IFunction): void {
    const choice = this.#choice;
    const name = choice.kind === 'existing' ? choice.userPoolId : 'own';
    // Cognito calls on behalf of any pool of anybody's; the account says whose.
    const permission = new CfnPermission(this, `Call-${name}`, {
      action: 'lambda:InvokeFunction',
      functionName: trigger.functionArn,
      principal: 'cognito-idp.amazonaws.com',
      sourceArn: this.userPool.userPoolArn,
      sourceAccount: Stack.of(this).account,
    });
    if (choice.kind === 'existing') {
      // Another pool is another construct: the old one is cleared by the role that may, before that role goes.
      const added = new PoolTrigger(this, `Trigger-${name}`, {
        choice,
        poolArn: this.userPool.userPoolArn,
        functionArn: trigger.functionArn,
      });
      // A pool must never call what it may not: sign-ups would fail.
      added.node.addDependency(permission);
    }
    this.#made?.addPropertyOverride('LambdaConfig.PostConfirmation', trigger.functionArn);
  }

  #pool(stage: string, { plan, sender }: NewPool): UserPool {
    return new UserPool(this, 'Pool', {
      userPoolName: poolNameOf(stage),
      featurePlan: plans[plan],
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // A changed address counts once it is confirmed; until then the old one signs in.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      passwordPolicy: {
        minLength: 8,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      ...(sender === undefined
        ? {}
        : {
            email: UserPoolEmail.withSES({
              fromEmail: sender.fromEmail,
              sesVerifiedDomain: sender.verifiedDomain,
            }),
          }),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #client(pool: UserPool): UserPoolClient {
    const client = new UserPoolClient(this, 'App', {
      userPool: pool,
      // An app on a phone keeps no secret.
      generateSecret: false,
      authFlows: { userSrp: true },
      disableOAuth: true,
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
    });
    // A pool that stays without its client would let nobody in.
    client.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return client;
  }
}

function defaultIssuer(pool: IUserPool): string {
  return `https://cognito-idp.${Stack.of(pool).region}.amazonaws.com/${pool.userPoolId}`;
}
