/** The two tables: created by the stack and retained when it is deleted, or existing ones. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig, TableChoice } from '../config.ts';

export interface TableRef {
  readonly name: string;
  readonly arn: string;
}

export class Tables extends Construct {
  readonly users: TableRef;
  readonly entitlements: TableRef;

  constructor(scope: Construct, id: string, tables: StageConfig['tables']) {
    super(scope, id);
    this.users = this.#table('Users', tables.users, 'userId');
    this.entitlements = this.#table('Entitlements', tables.entitlements, 'cognito_sub');
  }

  #table(id: string, { kind, name }: TableChoice, key: string): TableRef {
    if (kind === 'create') {
      new TableV2(this, id, {
        tableName: name,
        partitionKey: { name: key, type: AttributeType.STRING },
        billing: Billing.onDemand(),
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: true,
        removalPolicy: RemovalPolicy.RETAIN,
      });
    }
    const arn = Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: name });
    return { name, arn };
  }
}
