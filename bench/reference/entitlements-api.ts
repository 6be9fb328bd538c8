/** `GET /me/entitlements` as it is commonly written with the AWS SDK: one read, and nothing decided. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

interface Event {
  readonly requestContext: {
    readonly authorizer: { readonly jwt: { readonly claims: { readonly sub: string } } };
  };
}

export async function handler({ requestContext }: Event) {
  const { Item } = await client.send(
    new GetCommand({
      TableName: process.env['ENTITLEMENTS_TABLE'],
      Key: { cognito_sub: requestContext.authorizer.jwt.claims.sub },
      ConsistentRead: true,
    }),
  );
  return { statusCode: Item === undefined ? 404 : 200, body: JSON.stringify(Item) };
}
