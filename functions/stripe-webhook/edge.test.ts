import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forms } from '../../tests/support/api-events.ts';
import { createStage, type Stage, WEBHOOK_SECRET } from '../../tests/support/stage.ts';
import { delivered, stripeEvent, withSignature } from '../../tests/support/webhooks.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { STRIPE_WEBHOOK_SECRET: `whsec_test_next, ${WEBHOOK_SECRET}` } });
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

const eventWithoutCustomer = () =>
  stripeEvent('customer.subscription.updated', { id: 'sub_x', customer: null, status: 'active' });
const send = (event: unknown) => stage.call('stripe-webhook', event);
const outbound = () => [...stage.wires.stripe.names(), ...stage.wires.dynamodb.names()];

describe.each(forms)('A delivery (%s)', (form) => {
  it.each([
    ['stripe-signature', false],
    ['Stripe-Signature', false],
    ['STRIPE-SIGNATURE', true],
  ])(
    'failure mode 32: is accepted with the signature header as %s and base64 encoding %s',
    async (headerName, base64) => {
      const event = { ...eventWithoutCustomer(), note: 'Zoë – 名前' };
      const answer = await send(delivered(event, { form, base64, headerName }));
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toEqual({ received: true });
      expect(answer.headers['Cache-Control']).toBe('no-store');
    },
  );

  it.each([[WEBHOOK_SECRET], ['whsec_test_next']])(
    'failure mode 34: is accepted with either secret during a rotation',
    async (secret) => {
      expect((await send(delivered(eventWithoutCustomer(), { form, secret }))).statusCode).toBe(200);
    },
  );

  it.each([
    ['unsigned', (body: string) => withSignature(body, undefined, { form })],
    ['signed with another secret', (body: string) => delivered(body, { form, secret: 'whsec_other' })],
    ['too old', (body: string) => delivered(body, { form, signedAt: Math.floor(Date.now() / 1000) - 301 })],
    [
      'from the future',
      (body: string) => delivered(body, { form, signedAt: Math.floor(Date.now() / 1000) + 360 }),
    ],
    ['signed with a meaningless header', (body: string) => withSignature(body, 't=,v1=', { form })],
    ['signed with an empty header', (body: string) => withSignature(body, '', { form })],
  ])('is refused with 400 when it is %s', async (_, deliver) => {
    const answer = await send(deliver(JSON.stringify(eventWithoutCustomer())));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_signature' });
    expect(outbound()).toEqual([]);
  });

  it.each([
    ['tampered', (body: string) => body.replace('active', 'ActivE')],
    ['truncated', (body: string) => body.slice(0, -1)],
    ['serialized again', (body: string) => JSON.stringify(JSON.parse(body))],
    ['empty', () => ''],
  ])('is refused with 400 when its body is %s', async (_, change) => {
    const payload = JSON.stringify(eventWithoutCustomer(), null, 2);
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET });
    const answer = await send(withSignature(change(payload), header, { form }));
    expect(answer.statusCode).toBe(400);
    expect(outbound()).toEqual([]);
  });
});

describe('A signed body that is not an event', () => {
  const type = 'customer.subscription.updated';
  it.each([
    ['invalid JSON', '{"id": "evt_1",'],
    ['a list', '[]'],
    ['a string', '"evt_1"'],
    ['null', 'null'],
    ['an event with a number as its id', { ...stripeEvent(type, { customer: 'cus_1' }), id: 5 }],
    ['an event with a list as its type', { ...stripeEvent(type, { customer: 'cus_1' }), type: [] }],
    ['an event without an object', { ...stripeEvent(type, {}), data: { object: null } }],
    ['an event with a number as its customer', stripeEvent(type, { customer: 42 })],
    ['an event with a string as its time', { ...stripeEvent(type, { customer: 'cus_1' }), created: 'now' }],
  ])('is refused with 400 and without any call, for %s', async (_, event) => {
    const answer = await send(delivered(event));
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toMatchObject({ code: 'malformed_request' });
    expect(outbound()).toEqual([]);
  });
});

describe('An event that this app does not handle', () => {
  it.each([
    ['an event of an unknown type', 'billing.alert.triggered', {}, 'webhook_unhandled_type'],
    ['failure mode 35: an event of the live mode', 'invoice.paid', { livemode: true }, 'webhook_other_mode'],
    ['an event of a connected account', 'invoice.paid', { account: 'acct_1' }, 'webhook_connected_account'],
  ])('is accepted and counted without any call: %s', async (_, type, overrides, metric) => {
    const answer = await send(delivered(stripeEvent(type, { customer: 'cus_1' }, overrides)));
    expect(answer.statusCode).toBe(200);
    expect(outbound()).toEqual([]);
    expect(stage.logs.at(-1)).toMatchObject({ metric, event_type: type });
  });

  it('failure mode 15: is accepted without a lookup when its customer is null', async () => {
    expect((await send(delivered(eventWithoutCustomer()))).statusCode).toBe(200);
    expect(outbound()).toEqual([]);
    expect(stage.logs.at(-1)).toMatchObject({ metric: 'webhook_no_customer' });
  });

  it('failure mode 14: is accepted after one lookup in Stripe and one in the index, and writes nothing, when this app does not know the customer', async () => {
    const { id } = await stage.stripe.customers.create({ description: 'of another product' });
    const before = await stage.itemCount();
    expect((await send(delivered(stripeEvent('invoice.paid', { customer: id })))).statusCode).toBe(200);
    expect(outbound()).toEqual([`GET /v1/customers/${id}`, 'GetItem']);
    expect(await stage.itemCount()).toBe(before);
    expect(stage.logs.at(-1)).toMatchObject({ metric: 'sync_unknown_customer', customer_id: id });
  });
});

describe('The configuration of the webhook', () => {
  it.each([
    ['STRIPE_WEBHOOK_SECRET', ''],
    ['STRIPE_WEBHOOK_SECRET', ' , '],
    ['STRIPE_API_KEY', ''],
    ['AWS_REGION', ''],
  ])(
    'failure mode 33: accepts no delivery without %s (%j), and the log names the variable',
    async (name, value) => {
      const broken = await createStage({ env: { [name]: value } });
      const secrets = ['', ' ', 'undefined', 'whsec_guess'];
      const answers = await Promise.all(
        secrets.map((secret) => broken.call('stripe-webhook', withSignature('{}', guessedHeader(secret)))),
      );
      const calls = broken.wires.stripe.names();
      const causes = JSON.stringify(broken.logs.map(({ cause }) => cause));
      await broken.close();
      for (const answer of answers) {
        expect(answer.statusCode).toBe(500);
        expect(answer.body).toMatchObject({ code: 'misconfigured' });
        expect(JSON.stringify(answer.body)).not.toContain(name);
      }
      expect(calls).toEqual([]);
      expect(causes).toContain(name);
    },
  );

  it('reads a secret that is given by an ARN from Secrets Manager', async () => {
    const manager = createServer((_, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ SecretString: 'whsec_first' }));
    });
    await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
    const { port } = manager.address() as { port: number };
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:webhook-AbCdEf';
    const env = {
      STRIPE_WEBHOOK_SECRET: '',
      STRIPE_WEBHOOK_SECRET_SECRET_ARN: arn,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    };
    const configured = await createStage({ env });
    const known = await configured.call(
      'stripe-webhook',
      delivered(eventWithoutCustomer(), { secret: 'whsec_first' }),
    );
    const unknown = await configured.call(
      'stripe-webhook',
      delivered(eventWithoutCustomer(), { secret: 'whsec_second' }),
    );
    await configured.close();
    manager.close();
    expect([known.statusCode, unknown.statusCode]).toEqual([200, 400]);
  });
});

function guessedHeader(secret: string): string {
  const payload = '{}';
  return secret.trim() === ''
    ? `t=${Math.floor(Date.now() / 1000)},v1=${randomUUID().replaceAll('-', '').repeat(2)}`
    : Stripe.webhooks.generateTestHeaderString({ payload, secret });
}
