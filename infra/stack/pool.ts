/** The user pool: created by the stack, or an existing one. */
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
  /** Whether AWS refuses to delete the pool, which a failed first deployment must do. */
  readonly protects: boolean;
}

export class Pool extends Construct {
  readonly userPool: IUserPool;
  readonly clientIds: readonly string[];
  /** The `iss` claim of the pool's tokens. */
  readonly issuer: string;
  readonly #choice: PoolChoice;
  readonly #made: CfnUserPool | undefined;

  constructor(scope: Construct, id: string, { stage, choice, protects }: PoolProps) {
    super(scope, id);
    this.#choice = choice;
    if (choice.kind === 'existing') {
      this.userPool = UserPool.fromUserPoolId(this, 'Pool', choice.userPoolId);
      this.clientIds = choice.clientIds;
      this.issuer = choice.issuer ?? defaultIssuer(this.userPool);
      return;
    }
    const pool = this.#pool(stage, choice, protects);
    this.userPool = pool;
    this.issuer = defaultIssuer(pool);
    this.#made = pool.node.defaultChild as CfnUserPool;
    this.clientIds = [this.#client(pool).userPoolClientId];
  }

  /** Makes the pool invoke the function after every sign-up. */
  callAfterSignUp(trigger: IFunction): void {
    const choice = this.#choice;
    const name = choice.kind === 'existing' ? choice.userPoolId : 'own';
    // Any pool of any account can call through Cognito. The account condition admits only our own.
    const permission = new CfnPermission(this, `Call-${name}`, {
      action: 'lambda:InvokeFunction',
      functionName: trigger.functionArn,
      principal: 'cognito-idp.amazonaws.com',
      sourceArn: this.userPool.userPoolArn,
      sourceAccount: Stack.of(this).account,
    });
    if (choice.kind === 'existing') {
      // Each pool has its own construct. When the pool changes, the old trigger is removed while its role exists.
      const added = new PoolTrigger(this, `Trigger-${name}`, {
        choice,
        poolArn: this.userPool.userPoolArn,
        functionArn: trigger.functionArn,
      });
      // The permission must exist before the pool calls the function, or sign-ups fail.
      added.node.addDependency(permission);
    }
    this.#made?.addPropertyOverride('LambdaConfig.PostConfirmation', trigger.functionArn);
  }

  #pool(stage: string, { plan, sender }: NewPool, protects: boolean): UserPool {
    return new UserPool(this, 'Pool', {
      userPoolName: poolNameOf(stage),
      featurePlan: plans[plan],
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // A new email address takes effect once it is verified. Until then users sign in with the old one.
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
      deletionProtection: protects,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  #client(pool: UserPool): UserPoolClient {
    const client = new UserPoolClient(this, 'App', {
      userPool: pool,
      // A mobile app cannot keep a secret.
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
    // The pool is retained, and without its client no user could sign in.
    client.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return client;
  }
}

function defaultIssuer(pool: IUserPool): string {
  return `https://cognito-idp.${Stack.of(pool).region}.amazonaws.com/${pool.userPoolId}`;
}
