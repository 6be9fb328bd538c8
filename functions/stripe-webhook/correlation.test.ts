import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowOf } from '../../adapters/dynamodb/entitlement-item.ts';
import { EnvironmentReader } from '../../adapters/system/environment.ts';
import { explain } from '../../core/entitlement/explain.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Item, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';
import { readAccessPolicy } from '../settings.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { STAGE: 'test', FUNCTION: 'stripe-webhook' } });
});
afterAll(() => stage.close());

async function subscriber() {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, {
    price: await monthlyPrice(stage),
    metadata: { cognito_sub: sub },
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return { sub, ...payer };
}

it('An event’s id appears in every log line of its delivery and in the row’s history', async () => {
  const { sub, customerId, subscriptionId } = await subscriber();
  const event = stripeEvent('customer.subscription.created', { id: subscriptionId, customer: customerId });
  await stage.call('stripe-webhook', delivered(event));
  const lines = stage.logs.filter((line) => line['user_id'] === sub || line['event_id'] === event['id']);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).toMatchObject({
      event_id: event['id'],
      event_type: event['type'],
      request_id: expect.any(String),
    });
  }
  const row = rowOf(sub, (await stage.entitlement(sub)) ?? {});
  const policy = readAccessPolicy(new EnvironmentReader({}));
  expect(
    explain(row, { moment: null, nowSeconds: Math.floor(Date.now() / 1000), writtenAt: null }, policy),
  ).toMatchObject({
    kind: 'explained',
    change: { by: event['id'] },
  });
});

it('A failed delivery logs its event, both request ids and the trace', async () => {
  const { customerId, subscriptionId } = await subscriber();
  const event = stripeEvent('customer.subscription.updated', { id: subscriptionId, customer: customerId });
  const delivery = delivered(event) as { headers: Record<string, string> };
  const trace = '1-5759e988-bd862e3fe1be46a994272793';
  stage.wires.dynamodb.fail(everyOf('UpdateItem', 'server_error'));
  const answer = await stage.call('stripe-webhook', {
    ...delivery,
    headers: {
      ...delivery.headers,
      'X-Amzn-Trace-Id': `Self=1-67891234-12456789abcdef012345678;Root=${trace}`,
    },
  });
  stage.calm();
  expect(answer.statusCode).toBe(503);
  const line = stage.logs.find(
    ({ metric, event_id }) => metric === 'request_failed' && event_id === event['id'],
  );
  expect(line).toMatchObject({
    event_type: event['type'],
    request_id: expect.any(String),
    api_request_id: expect.any(String),
    trace_id: trace,
    cause: { system: 'dynamodb' },
  });
  expect(line?.['api_request_id']).not.toBe(line?.['request_id']);
});

it('A failed request logs its user', async () => {
  const sub = randomUUID();
  stage.wires.dynamodb.fail(everyOf('GetItem', 'server_error'));
  const claims = { sub, token_use: 'id' };
  await stage.call('entitlements-api', apiEvent('http', { path: '/me/entitlements', claims }));
  stage.calm();
  expect(stage.logs.filter(({ user_id }) => user_id === sub)).toMatchObject([{ metric: 'request_failed' }]);
});

it('A trace header with another content is never logged', async () => {
  const delivery = delivered(stripeEvent('customer.unknown', {})) as { headers: Record<string, string> };
  const headers = { ...delivery.headers, 'x-amzn-trace-id': 'Root=jane@example.com' };
  await stage.call('stripe-webhook', { ...delivery, headers });
  expect(JSON.stringify(stage.logs)).not.toContain('jane');
});

it('A deployed function’s log lines carry their metric, with the stage and the function as dimensions', async () => {
  await stage.call(
    'stripe-webhook',
    delivered(stripeEvent('customer.subscription.created', {}), { secret: 'whsec_no' }),
  );
  const line = stage.logs.find(({ metric }) => metric === 'webhook_signature_invalid') as Item;
  expect(line).toMatchObject({ stage: 'test', function: 'stripe-webhook', webhook_signature_invalid: 1 });
  expect(line['_aws']).toMatchObject({ CloudWatchMetrics: [{ Namespace: 'Predixa/Accounts' }] });
});
