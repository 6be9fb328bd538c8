/** The DynamoDB client of the stores. A failed call always throws a `Fault`, never an error of the AWS SDK. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  DeleteCommand,
  type DeleteCommandInput,
  type DeleteCommandOutput,
  type DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  type GetCommandOutput,
  PutCommand,
  type PutCommandInput,
  type PutCommandOutput,
  ScanCommand,
  type ScanCommandInput,
  type ScanCommandOutput,
  UpdateCommand,
  type UpdateCommandInput,
  type UpdateCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { faultOf } from '../aws/fault.ts';

type Conditional<Input> = Input & { readonly ConditionExpression: string };
type Unconditional<Input> = Input & { readonly ConditionExpression?: never };

/** A write with a condition returns `condition_failed` if the condition does not hold. */
export type ConditionFailed = 'condition_failed';

/** `operation` names the call in the `Fault` of a failure, such as `read profile`. */
export interface DynamoDb {
  get(operation: string, input: GetCommandInput): Promise<GetCommandOutput>;
  put(operation: string, input: Unconditional<PutCommandInput>): Promise<PutCommandOutput>;
  putIf(operation: string, input: Conditional<PutCommandInput>): Promise<PutCommandOutput | ConditionFailed>;
  update(operation: string, input: Unconditional<UpdateCommandInput>): Promise<UpdateCommandOutput>;
  updateIf(
    operation: string,
    input: Conditional<UpdateCommandInput>,
  ): Promise<UpdateCommandOutput | ConditionFailed>;
  delete(operation: string, input: Unconditional<DeleteCommandInput>): Promise<DeleteCommandOutput>;
  deleteIf(
    operation: string,
    input: Conditional<DeleteCommandInput>,
  ): Promise<DeleteCommandOutput | ConditionFailed>;
  scan(operation: string, input: ScanCommandInput): Promise<ScanCommandOutput>;
  batchGet(operation: string, input: BatchGetCommandInput): Promise<BatchGetCommandOutput>;
}

export function withFaults(client: DynamoDBDocumentClient): DynamoDb {
  return {
    get: (operation, input) => orFault(operation, client.send(new GetCommand(input))),
    put: (operation, input) => orFault(operation, client.send(new PutCommand(input))),
    putIf: (operation, input) => orConditionFailed(operation, client.send(new PutCommand(input))),
    update: (operation, input) => orFault(operation, client.send(new UpdateCommand(input))),
    updateIf: (operation, input) => orConditionFailed(operation, client.send(new UpdateCommand(input))),
    delete: (operation, input) => orFault(operation, client.send(new DeleteCommand(input))),
    deleteIf: (operation, input) => orConditionFailed(operation, client.send(new DeleteCommand(input))),
    scan: (operation, input) => orFault(operation, client.send(new ScanCommand(input))),
    batchGet: (operation, input) => orFault(operation, client.send(new BatchGetCommand(input))),
  };
}

async function orConditionFailed<T>(operation: string, call: Promise<T>): Promise<T | ConditionFailed> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return 'condition_failed';
    throw dynamoDbFault(operation, cause);
  }
}

async function orFault<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw dynamoDbFault(operation, cause);
  }
}

function dynamoDbFault(operation: string, cause: unknown) {
  return faultOf({ system: 'dynamodb', operation, permanentErrors }, cause);
}

const permanentErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);
