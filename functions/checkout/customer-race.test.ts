import { afterAll, beforeAll, expect, it } from 'vitest';
import { buyersOn, pricesOn } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await pricesOn(stage);
});
afterAll(() => stage.close());

it('A checkout that loses the race to replace a customer answers 503 while DynamoDB throttles reads', async () => {
  const { dynamodb } = stage.wires;
  const buyers = buyersOn(stage);
  const user = await buyers.user();
  expect((await buyers.checkout(user)).statusCode).toBe(200);
  await stage.stripe.customers.del(await buyers.customerOf(user));
  const fillIn = dynamodb.holdNext('UpdateItem');
  const replacement = dynamodb.holdNext('UpdateItem');
  const checkout = buyers.checkout(user);
  await fillIn.reached;
  fillIn.release();
  await replacement.reached;
  await stage.putProfile({ ...(await stage.profile(user.sub)), stripeCustomerId: 'cus_of_a_rival' });
  dynamodb.fail(({ name }) => (name === 'GetItem' ? 'throttled' : undefined));
  replacement.release();
  expect(await checkout).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
  const failure = stage.logs.find(({ metric }) => metric === 'request_failed');
  expect(failure?.['cause']).toMatchObject({
    name: 'Fault',
    system: 'dynamodb',
    reason: 'ThrottlingException',
  });
});
