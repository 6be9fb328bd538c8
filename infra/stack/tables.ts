/** The two tables: created by the stack and retained when it is deleted, or existing ones. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig, TableChoice } from '../config.ts';

export interface TableRef {
  readonly name: string;
  readonly arn: string;
}

export interface TablesProps {
  readonly tables: StageConfig['tables'];
  /** Whether AWS refuses to delete the tables, which a failed first deployment must do. */
  readonly protects: boolean;
}

export class Tables extends Construct {
  readonly users: TableRef;
  readonly entitlements: TableRef;

  constructor(scope: Construct, id: string, { tables, protects }: TablesProps) {
    super(scope, id);
    const make = (tableId: string, choice: TableChoice, key: string) => {
      if (choice.kind === 'create') this.#create(tableId, { name: choice.name, key, protects });
      return this.#refTo(choice.name);
    };
    this.users = make('Users', tables.users, 'userId');
    this.entitlements = make('Entitlements', tables.entitlements, 'cognito_sub');
  }

  #create(
    id: string,
    { name, key, protects }: { readonly name: string; readonly key: string; readonly protects: boolean },
  ): void {
    new TableV2(this, id, {
      tableName: name,
      partitionKey: { name: key, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protects,
      // An empty table of a failed first deployment is deleted again, so that the next one can create it.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  #refTo(name: string): TableRef {
    const arn = Stack.of(this).formatArn({ service: 'dynamodb', resource: 'table', resourceName: name });
    return { name, arn };
  }
}
