/** The webhook as it is commonly written with the AWS SDK and `stripe`: one read, one look at Stripe, one write. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Stripe } from 'stripe';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const { protocol, hostname, port } = new URL(process.env['STRIPE_API_BASE'] ?? 'https://api.stripe.com');
const stripe = new Stripe(process.env['STRIPE_API_KEY'] ?? '', {
  protocol: protocol === 'http:' ? 'http' : 'https',
  host: hostname,
  port: port === '' ? 443 : Number(port),
});

interface Event {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function handler({ headers, body }: Event) {
  const signature = headers['stripe-signature'] ?? '';
  const event = stripe.webhooks.constructEvent(body, signature, process.env['STRIPE_WEBHOOK_SECRET'] ?? '');
  const subject = event.data.object as { customer?: string; metadata?: Record<string, string> };
  const table = {
    TableName: process.env['ENTITLEMENTS_TABLE'],
    Key: { cognito_sub: subject.metadata?.['cognito_sub'] },
  };
  const { Item } = await client.send(new GetCommand({ ...table, ConsistentRead: true }));
  const { data } = await stripe.subscriptions.list({
    customer: subject.customer ?? '',
    status: 'all',
    limit: 100,
  });
  await client.send(
    new UpdateCommand({
      ...table,
      UpdateExpression: 'SET #status = :status, version = :next',
      ConditionExpression: 'version = :known',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':status': data[0]?.status ?? 'none',
        ':known': Item?.['version'],
        ':next': Number(Item?.['version']) + 1,
      },
    }),
  );
  return { statusCode: 200, body: '{"received":true}' };
}
