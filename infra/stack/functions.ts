/** Creates the functions, each with its own role that has exactly the permissions of infra/permissions.ts. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  RuntimeFamily,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionName } from '../../contract/functions.ts';
import type { StageConfig } from '../config.ts';
import {
  ARCHITECTURE,
  environmentOf,
  functionsOf,
  HANDLER,
  memoryMb,
  RUNTIME,
  reservedConcurrencyOf,
  timeoutSecondsOf,
} from '../functions.ts';
import { functionNameOf, logGroupNameOf, roleNameOf } from '../names.ts';
import { permissionsOf, type Resource } from '../permissions.ts';
import { bundled } from './bundle.ts';
import type { EventQueue } from './event-queue.ts';
import { logGroup } from './log-group.ts';
import type { Pool } from './pool.ts';
import type { Tables } from './tables.ts';

export interface FunctionsProps {
  readonly stage: string;
  readonly config: StageConfig;
  readonly tables: Tables;
  readonly pool: Pool;
  /** Null in a stage without a queue between the webhook and its worker. */
  readonly eventQueue: EventQueue | null;
}

export class Functions extends Construct {
  readonly #byName: ReadonlyMap<FunctionName, LambdaFunction>;
  readonly #props: FunctionsProps;
  readonly #secrets: Readonly<Record<keyof StageConfig['secrets'], SecretRef>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.#props = props;
    const { secrets } = props.config;
    this.#secrets = {
      stripeApiKey: secretNamed(this, secrets.stripeApiKey),
      stripeWebhookSecret: secretNamed(this, secrets.stripeWebhookSecret),
      revenueCatApiKey: secretNamed(this, secrets.revenueCatApiKey),
      revenueCatWebhookSecret: secretNamed(this, secrets.revenueCatWebhookSecret),
      trialHashKey: secretNamed(this, secrets.trialHashKey),
    };
    this.#byName = new Map(functionsOf(props.config).map((name) => [name, this.#function(name)]));
  }

  named(name: FunctionName): LambdaFunction {
    const found = this.#byName.get(name);
    if (found === undefined) throw new Error(`The stage ${this.#props.stage} has no function ${name}.`);
    return found;
  }

  #function(name: FunctionName): LambdaFunction {
    const { stage, config } = this.#props;
    const scope = new Construct(this, name);
    const log = logGroup(scope, 'Log', {
      name: logGroupNameOf(stage, name),
      retentionDays: config.watch.logRetentionDays,
    });
    const concurrency = reservedConcurrencyOf(name, config);
    return new LambdaFunction(scope, 'Function', {
      functionName: functionNameOf(stage, name),
      runtime: new Runtime(RUNTIME, RuntimeFamily.NODEJS),
      architecture: Architecture.custom(ARCHITECTURE),
      handler: HANDLER,
      code: bundled(`functions/${name}`),
      memorySize: memoryMb[name],
      timeout: Duration.seconds(timeoutSecondsOf(name)),
      environment: this.#environment(name),
      role: this.#role(scope, name, log),
      logGroup: log,
      // Lambda's own three log lines per invocation would cost more than the invocation.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: config.watch.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
    });
  }

  #environment(name: FunctionName): Record<string, string> {
    const { stage, config, pool, eventQueue } = this.#props;
    const deployed = {
      userPoolId: pool.userPool.userPoolId,
      stripeApiKeyArn: this.#secrets.stripeApiKey.arn,
      stripeWebhookSecretArn: this.#secrets.stripeWebhookSecret.arn,
      revenueCatApiKeyArn: this.#secrets.revenueCatApiKey.arn,
      revenueCatWebhookSecretArn: this.#secrets.revenueCatWebhookSecret.arn,
      trialHashKeyArn: this.#secrets.trialHashKey.arn,
      eventQueue:
        eventQueue === null ? null : { url: eventQueue.queue.queueUrl, arn: eventQueue.queue.queueArn },
    };
    return { ...environmentOf<string>(name, { name: stage, config }, deployed) };
  }

  #role(scope: Construct, name: FunctionName, log: LogGroup): Role {
    const role = new Role(scope, 'Role', {
      roleName: roleNameOf(this.#props.stage, name),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [log.logGroupArn],
      }),
    );
    for (const { resource, actions } of permissionsOf(name, this.#props.config)) {
      role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [this.#arnOf(resource)] }));
    }
    return role;
  }

  #arnOf(resource: Resource): string {
    const { tables, pool, eventQueue } = this.#props;
    const arns: Record<Resource, string> = {
      users_table: tables.users.arn,
      entitlements_table: tables.entitlements.arn,
      user_pool: pool.userPool.userPoolArn,
      stripe_api_key: this.#secrets.stripeApiKey.pattern,
      stripe_webhook_secret: this.#secrets.stripeWebhookSecret.pattern,
      revenuecat_api_key: this.#secrets.revenueCatApiKey.pattern,
      revenuecat_webhook_secret: this.#secrets.revenueCatWebhookSecret.pattern,
      trial_hash_key: this.#secrets.trialHashKey.pattern,
      event_queue: eventQueue?.queue.queueArn ?? '',
    };
    return arns[resource];
  }
}

interface SecretRef {
  /** The ARN without the six characters that Secrets Manager adds, because the stack never looks the secret up. */
  readonly arn: string;
  readonly pattern: string;
}

function secretNamed(scope: Construct, name: string): SecretRef {
  const arn = Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { arn, pattern: `${arn}-??????` };
}
