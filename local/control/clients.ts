/** Reads the systems of the local cloud for the console. These calls are no work of the product, so none is recorded. */
import { isJsonObject } from '../http/body.ts';
import { PARENT_HEADER, UNRECORDED } from '../recording/context.ts';
import type { JsonRecord } from './contract.ts';

export interface SystemClients {
  /** Throws an `Error` with the type that DynamoDB names. */
  dynamodb(operation: string, input: JsonRecord): Promise<JsonRecord>;
  cognito(operation: string, input: JsonRecord): Promise<JsonRecord>;
  /** `path` such as `/v1/customers/cus_1`. Returns undefined for what does not exist. */
  stripe(path: string): Promise<JsonRecord | undefined>;
  revenuecat(path: string): Promise<JsonRecord | undefined>;
}

export interface ClientFacts {
  readonly dynamoDbUrl: string;
  readonly cognitoUrl: string;
  readonly stripeUrl: string;
  readonly stripeApiKey: string;
  readonly revenueCatUrl: string;
  readonly revenueCatApiKey: string;
}

export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  /** Such as `ConditionalCheckFailedException`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }

  /** The console's own calls are well-formed, so what is refused is a value that the request names. */
  get isInvalidInput(): boolean {
    return invalidInput.has(this.type);
  }
}

const invalidInput: ReadonlySet<string> = new Set([
  'ValidationException',
  'SerializationException',
  'InvalidParameterException',
]);

const unrecorded = { [PARENT_HEADER]: UNRECORDED };
/** The local DynamoDB wants a signature and does not check it. */
const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=local';

export interface AmzTarget {
  /** Such as `DynamoDB_20120810.GetItem`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

/** The headers of a call of an AWS JSON operation to an emulator. */
export function amzHeaders({ target, version }: AmzTarget): Record<string, string> {
  return {
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': target,
    'x-amz-date': '20260101T000000Z',
    authorization: SIGNATURE,
  };
}
const TIMEOUT_MS = 10_000;

export function createClients(facts: ClientFacts): SystemClients {
  return {
    dynamodb: (operation, input) =>
      amzCall(facts.dynamoDbUrl, { target: `DynamoDB_20120810.${operation}`, version: '1.0' }, input),
    cognito: (operation, input) =>
      amzCall(
        facts.cognitoUrl,
        { target: `AWSCognitoIdentityProviderService.${operation}`, version: '1.1' },
        input,
      ),
    stripe: (path) => restCall(`${facts.stripeUrl}${path}`, facts.stripeApiKey),
    revenuecat: (path) => restCall(`${facts.revenueCatUrl}${path}`, facts.revenueCatApiKey),
  };
}

async function amzCall(url: string, operation: AmzTarget, input: JsonRecord): Promise<JsonRecord> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(input),
    headers: { ...unrecorded, ...amzHeaders(operation) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer: unknown = await response.json();
  const output = isJsonObject(answer) ? answer : {};
  if (response.ok) return output;
  const { __type: named, message } = output;
  const type = (typeof named === 'string' ? named : String(response.status)).replace(/^.*#/, '');
  throw new SystemCallError(
    type,
    typeof message === 'string' ? message : `${operation.target} answered ${response.status}.`,
  );
}

async function restCall(url: string, key: string): Promise<JsonRecord | undefined> {
  const response = await fetch(url, {
    headers: { ...unrecorded, authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) return undefined;
  const answer: unknown = await response.json();
  if (response.ok && isJsonObject(answer)) return answer;
  throw new SystemCallError(String(response.status), `${new URL(url).pathname} answered ${response.status}.`);
}
