/** The stack: all resources of one stage. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { configProblems } from '../check.ts';
import type { StageConfig } from '../config.ts';
import { outputs, stackNameOf } from '../names.ts';
import { Alarms } from './alarms.ts';
import type { Api } from './api.ts';
import { ApiHttp } from './api-http.ts';
import { ApiRest } from './api-rest.ts';
import { Overview } from './dashboard.ts';
import { EventQueue } from './event-queue.ts';
import { Functions } from './functions.ts';
import { Metrics } from './metrics.ts';
import { Pool } from './pool.ts';
import { ReconcileSchedule } from './schedule.ts';
import { Tables } from './tables.ts';

export interface AccountsStackProps {
  readonly stage: string;
  readonly config: StageConfig;
  /**
   * Whether AWS refuses to delete the tables and the pool. A first deployment begins without it: if it fails, CloudFormation
   * deletes them again, and nothing is in the way of the next one. Default: true.
   */
  readonly protects?: boolean;
}

export class AccountsStack extends Stack {
  constructor(scope: Construct, { stage, config, protects = true }: AccountsStackProps) {
    const problems = configProblems(config);
    if (problems.length > 0) {
      throw new Error(`infra/config.ts, stage ${stage}:\n- ${problems.join('\n- ')}`);
    }
    const stackName = stackNameOf(stage);
    super(scope, stackName, stackProps(stage, config));
    const tables = new Tables(this, 'Tables', { tables: config.tables, protects });
    const pool = new Pool(this, 'Pool', { stage, choice: config.pool, protects });
    const { webhookQueue } = config;
    const eventQueue = webhookQueue === null ? null : new EventQueue(this, 'Events', { stage });
    const functions = new Functions(this, 'Functions', { stage, config, tables, pool, eventQueue });
    if (webhookQueue !== null) {
      eventQueue?.deliverTo(functions.named('stripe-webhook'), webhookQueue.maxConcurrency);
    }
    pool.callAfterSignUp(functions.named('post-confirmation'));
    // Each kind of API has its own id, so CloudFormation creates the new one before it deletes the old one.
    const apiProps = { stage, config, functions, pool };
    const api: Api =
      config.api.kind === 'http' ? new ApiHttp(this, 'Http', apiProps) : new ApiRest(this, 'Rest', apiProps);
    new ReconcileSchedule(this, 'Reconcile', {
      stage,
      expression: config.reconcile.schedule,
      everyHours: config.reconcile.everyHours,
      reconcile: functions.named('reconcile'),
    });
    const metrics = new Metrics({
      stage,
      tableNames: { users: tables.users.name, entitlements: tables.entitlements.name },
      serverErrors: api.metrics.serverErrors,
    });
    const alarms = new Alarms(this, 'Alarms', { stage, config, metrics });
    new Overview(this, 'Dashboard', { stage, config, alarms, api, metrics });
    this.#addOutputs({
      [outputs.apiUrl]: api.url,
      [outputs.userPoolId]: pool.userPool.userPoolId,
      [outputs.userPoolClientId]: pool.clientIds.join(','),
      [outputs.alarmTopicArn]: alarms.topic.topicArn,
    });
  }

  #addOutputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}

function stackProps(stage: string, { account, region }: StageConfig): StackProps {
  return {
    stackName: stackNameOf(stage),
    description: `Predixa Auth & Billing, ${stage}: sign-up, payment and entitlements`,
    env: { region, ...(account === null ? {} : { account }) },
    // A mistyped command must not delete the billing of paying users.
    terminationProtection: stage === 'prod',
    tags: { service: 'predixa-accounts', stage },
  };
}
